#include "io/clock.hpp"

namespace k2::io {

Now read_clock() noexcept {
  using std::chrono::duration_cast;
  return {
      MonoTime{duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())},
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())};
}

std::chrono::steady_clock::time_point to_steady(MonoTime time) noexcept {
  return std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(time.time_since_epoch())};
}

}  // namespace k2::io
