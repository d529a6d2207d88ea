#include "io/repeat_limit.hpp"

#include <algorithm>
#include <utility>

namespace k2::io {

RepeatLimit::Verdict RepeatLimit::admit(std::string_view key, MonoTime now) {
  Window& window = window_of(key, now);
  if (now - window.began >= interval_) {
    window.began = now;
    window.passed = 0;
  }
  if (window.passed >= repeats_max_) {
    ++window.suppressed;
    return {};
  }
  ++window.passed;
  return {.passes = true, .suppressed = std::exchange(window.suppressed, 0)};
}

RepeatLimit::Window& RepeatLimit::window_of(std::string_view key, MonoTime now) {
  if (auto const found = windows_.find(key); found != windows_.end()) return found->second;
  if (windows_.size() == kKeysMax) {
    windows_.erase(std::ranges::min_element(windows_, {},
                                            [](auto const& entry) { return entry.second.began; }));
  }
  return windows_.emplace(key, Window{.began = now}).first->second;
}

}  // namespace k2::io
