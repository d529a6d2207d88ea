// Lets the first few of equal log lines pass per interval and counts the rest. Pure and bounded:
// it remembers at most kKeysMax keys and forgets the one whose interval began first.
#pragma once

#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace k2::io {

class RepeatLimit {
 public:
  static constexpr std::size_t kKeysMax = 256;

  struct Verdict {
    bool passes = false;
    std::uint64_t suppressed = 0;  // since the last one that passed
    friend bool operator==(Verdict const&, Verdict const&) = default;
  };

  RepeatLimit(std::uint32_t repeats_max, std::chrono::nanoseconds interval)
      : repeats_max_(repeats_max), interval_(interval) {}

  /// Returns whether one more event of this key may pass now.
  [[nodiscard]] Verdict admit(std::string_view key, MonoTime now);

 private:
  struct Window {
    MonoTime began;
    std::uint32_t passed = 0;
    std::uint64_t suppressed = 0;
  };

  Window& window_of(std::string_view key, MonoTime now);

  std::uint32_t repeats_max_;
  std::chrono::nanoseconds interval_;
  std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace k2::io
