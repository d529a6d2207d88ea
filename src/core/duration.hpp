// Parses and prints durations as people write them on a command line, in an environment or in a
// file: "250ms", "60s", "5m", "1h30m", or a plain number whose unit follows from the setting's
// name. Pure.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace k2 {

/// Chosen: longer than any timeout or run; keeps sums of nanoseconds far from int64's end.
inline constexpr std::chrono::hours kDurationMax{24 * 366 * 100};

/// The duration that a text means; a plain number counts in `plain_unit`.
/// Units: us, ms, s, m, h, d; fractions are taken ("1.5h"), several parts add up ("1h30m").
/// Errors: kFieldInvalid when empty, negative, of an unknown unit, or above kDurationMax.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(
    std::string_view text, std::chrono::nanoseconds plain_unit = std::chrono::seconds{1});

/// The shortest text that parse_duration reads back as the same value, to the microsecond.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace k2
