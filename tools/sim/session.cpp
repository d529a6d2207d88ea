#include "tools/sim/session.hpp"

namespace k2::sim {

bool MessageBudget::take(MonoTime now) noexcept {
  std::optional<MonoTime>& oldest = taken_[next_];
  if (oldest && now - *oldest < std::chrono::seconds{1}) return false;
  oldest = now;
  next_ = (next_ + 1) % taken_.size();
  return true;
}

}  // namespace k2::sim
