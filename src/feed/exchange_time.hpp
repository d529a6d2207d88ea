// Reads times of the exchange, which are in milliseconds or in microseconds as the connection or
// request selected. Their magnitudes are a thousand apart, so a number identifies its own unit.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace k2::feed {

/// A time below this is in milliseconds: as such the year 5138, as microseconds March 1973.
inline constexpr std::int64_t kMicrosecondsFrom = 100'000'000'000'000;

/// Units: microseconds; the end of the year 9999, beyond which no calendar text exists.
inline constexpr std::int64_t kTimeMax = 253'402'300'799'999'999;

/// The instant that a non-negative number of the exchange means, or nothing when it means none.
[[nodiscard]] constexpr std::optional<UtcTime> exchange_time(std::int64_t number) noexcept {
  if (number < 0 || number > kTimeMax) return std::nullopt;
  if (number < kMicrosecondsFrom) number *= 1'000;
  return UtcTime{std::chrono::microseconds{number}};
}

}  // namespace k2::feed
