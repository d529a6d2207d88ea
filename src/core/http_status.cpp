#include "core/http_status.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace k2 {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads digits only; nothing for any other text.
std::optional<int> digits(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  int number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Checks the fixed characters of a date; 'x' in the shape matches any character.
bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() && std::ranges::equal(text, shape, [](char is, char wanted) {
           return wanted == 'x' || is == wanted;
         });
}

std::optional<std::chrono::seconds> parse_seconds(std::string_view value) {
  std::int64_t seconds = 0;
  auto const [end, errc] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (end != value.data() + value.size() || seconds < 0) return std::nullopt;
  if (errc == std::errc::result_out_of_range) {
    if (value.front() == '-') return std::nullopt;
    return kRetryAfterMax;
  }
  if (errc != std::errc{}) return std::nullopt;
  return std::min(std::chrono::seconds{seconds}, kRetryAfterMax);
}

}  // namespace

std::optional<UtcTime> parse_http_date(std::string_view text) {
  namespace chrono = std::chrono;
  if (!has_shape(text, "xxx, xx xxx xxxx xx:xx:xx GMT")) return std::nullopt;
  auto const* const month = std::ranges::find(kMonths, text.substr(8, 3));
  auto const day = digits(text.substr(5, 2));
  auto const year = digits(text.substr(12, 4));
  auto const hour = digits(text.substr(17, 2));
  auto const minute = digits(text.substr(20, 2));
  auto const second = digits(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  chrono::year_month_day const date{
      chrono::year{*year}, chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
      chrono::day{static_cast<unsigned>(*day)}};
  // A leap second is a valid second 60.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return UtcTime{chrono::sys_days{date}} + chrono::hours{*hour} + chrono::minutes{*minute} +
         chrono::seconds{*second};
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::string_view date,
                                                      UtcTime now) {
  auto const until = parse_http_date(value);
  if (!until) return parse_seconds(value);
  // Both moments by the server's clock: then ours may be wrong.
  auto const wait = *until - parse_http_date(date).value_or(now);
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds{0},
                    kRetryAfterMax);
}

}  // namespace k2
