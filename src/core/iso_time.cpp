#include "core/iso_time.hpp"

#include <fmt/format.h>

#include <optional>

namespace k2 {
namespace {

/// Takes characters off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  bool take(char wanted) noexcept {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly so many digits.
  std::optional<int> number(int digits) noexcept {
    int number = 0;
    for (; digits > 0; --digits) {
      if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return std::nullopt;
      number = number * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return number;
  }

  /// One to six digits behind a point, as microseconds.
  std::optional<int> fraction() noexcept {
    int micros = 0;
    int digits = 0;
    for (; digits < 6; ++digits) {
      auto const digit = number(1);
      if (!digit) break;
      micros = micros * 10 + *digit;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> scan_date(Scanner& scanner) {
  auto const year = scanner.number(4);
  if (!year || !scanner.take('-')) return std::nullopt;
  auto const month = scanner.number(2);
  if (!month || !scanner.take('-')) return std::nullopt;
  auto const day = scanner.number(2);
  if (!day) return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::optional<std::chrono::minutes> scan_clock(Scanner& scanner) {
  auto const hours = scanner.number(2);
  if (!hours || *hours > 23 || !scanner.take(':')) return std::nullopt;
  auto const minutes = scanner.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
}

std::optional<std::chrono::microseconds> scan_time_of_day(Scanner& scanner) {
  auto const clock = scan_clock(scanner);
  if (!clock) return std::nullopt;
  std::chrono::microseconds time = *clock;
  if (!scanner.take(':')) return time;
  auto const seconds = scanner.number(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  time += std::chrono::seconds{*seconds};
  if (!scanner.take('.')) return time;
  auto const micros = scanner.fraction();
  if (!micros) return std::nullopt;
  return time + std::chrono::microseconds{*micros};
}

/// Reads the zone that follows the time and returns its distance from UTC.
std::optional<std::chrono::minutes> scan_zone(Scanner& scanner) {
  if (scanner.at_end() || scanner.take('Z')) return std::chrono::minutes{0};
  int const sign = scanner.take('+') ? 1 : scanner.take('-') ? -1 : 0;
  auto const distance = scan_clock(scanner);
  if (sign == 0 || !distance) return std::nullopt;
  return *distance * sign;
}

}  // namespace

Result<UtcTime> parse_iso_time(std::string_view text) {
  Error wrong{Errc::kFieldInvalid,
              fmt::format("\"{}\" is no time; write 2024-08-08 or 2024-08-08T23:54:15Z",
                          text.substr(0, 64))};
  Scanner scanner{text};
  auto const date = scan_date(scanner);
  if (!date) return wrong;
  UtcTime time{*date};
  if (scanner.take('T') || scanner.take(' ')) {
    auto const time_of_day = scan_time_of_day(scanner);
    if (!time_of_day) return wrong;
    time += *time_of_day;
  }
  auto const zone = scan_zone(scanner);
  if (!zone || !scanner.at_end()) return wrong;
  return time - *zone;
}

std::string print_iso_time(UtcTime time) {
  auto const day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date{day};
  std::chrono::hh_mm_ss const clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace k2
