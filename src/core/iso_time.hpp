// Parses and prints instants as people write them: ISO 8601, UTC unless the text names another
// zone. Pure.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"

#include <string>
#include <string_view>

namespace k2 {

/// Parses 2024-08-08, 2024-08-08T23:54, 2024-08-08T23:54:15.123456, each followed by Z, +02:00 or
/// nothing (UTC); a blank may replace the T. A date alone means its midnight.
/// Errors: kFieldInvalid, with the text.
[[nodiscard]] Result<UtcTime> parse_iso_time(std::string_view text);

/// "2024-08-08T23:54:15.123456Z".
[[nodiscard]] std::string print_iso_time(UtcTime time);

}  // namespace k2
