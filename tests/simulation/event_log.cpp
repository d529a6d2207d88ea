#include "tests/simulation/event_log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace k2::simulation {

void EventLog::fold(std::uint64_t number) noexcept {
  for (int byte = 0; byte < 8; ++byte) {
    hash_ = (hash_ ^ ((number >> (8 * byte)) & 0xFFU)) * 0x100000001b3U;
  }
}

void EventLog::say(std::string_view event) {
  auto const at = clock_.mono.time_since_epoch();
  std::string line = fmt::format("{:>12.3f}s {}", std::chrono::duration<double>(at).count(), event);
  for (char const letter : line) {
    hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  }
  if (verbose_) fmt::print("{}\n", line);
  last_.push_back(std::move(line));
  if (last_.size() > kKept) last_.pop_front();
}

}  // namespace k2::simulation
