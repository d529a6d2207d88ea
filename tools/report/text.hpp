// Numbers and times of a report as its readers see them. Pure.
#pragma once

#include <optional>
#include <string>

namespace k2::report {

/// "12,345".
[[nodiscard]] std::string count_text(double count);
/// "99.95 %".
[[nodiscard]] std::string percent_text(double part, int places = 2);
/// "1.2 s", "350 us", "4 h 12 min".
[[nodiscard]] std::string seconds_text(double seconds);
/// "24.3 MB" (of 2^20 bytes).
[[nodiscard]] std::string mb_text(double bytes);
/// "12.3".
[[nodiscard]] std::string decimal_text(double value, int places = 1);
/// "2024-08-08 00:00".
[[nodiscard]] std::string time_text(double at_s);
/// "2024-08-08", or with the time when that is not midnight.
[[nodiscard]] std::string day_text(double at_s);

/// "-" of what was not measured.
template <class Text, class... More>
std::string maybe(std::optional<double> value, Text text, More... more) {
  return value ? text(*value, more...) : std::string{"-"};
}

}  // namespace k2::report
