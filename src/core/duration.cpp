#include "core/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace k2 {
namespace {

using std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  nanoseconds length;
};

constexpr std::array kUnits{
    Unit{"d", std::chrono::hours{24}},        Unit{"h", std::chrono::hours{1}},
    Unit{"m", std::chrono::minutes{1}},       Unit{"s", std::chrono::seconds{1}},
    Unit{"ms", std::chrono::milliseconds{1}}, Unit{"us", std::chrono::microseconds{1}},
};

std::optional<nanoseconds> unit_of(std::string_view name) {
  for (auto const& unit : kUnits) {
    if (unit.name == name) return unit.length;
  }
  return std::nullopt;
}

Error not_a_duration(std::string_view text) {
  return Error{Errc::kFieldInvalid,
               fmt::format("'{}' is not a duration such as 250ms, 60s, 5m, 2h or 1h30m", text)};
}

}  // namespace

Result<nanoseconds> parse_duration(std::string_view text, nanoseconds plain_unit) {
  if (text.empty()) return not_a_duration(text);
  char const* at = text.data();
  char const* const end = at + text.size();
  double total = 0;
  while (at != end) {
    double number = 0;
    auto const [after, failure] = std::from_chars(at, end, number, std::chars_format::fixed);
    if (failure != std::errc{} || !std::isfinite(number) || number < 0 || *at == '-') {
      return not_a_duration(text);
    }
    char const* name_end = after;
    while (name_end != end && *name_end >= 'a' && *name_end <= 'z') ++name_end;
    std::string_view const name{after, static_cast<std::size_t>(name_end - after)};
    bool const is_plain = name.empty() && at == text.data() && after == end;
    auto const unit = is_plain ? std::optional{plain_unit} : unit_of(name);
    if (!unit) return not_a_duration(text);
    total += number * static_cast<double>(unit->count());
    at = name_end;
  }
  if (total > static_cast<double>(nanoseconds{kDurationMax}.count())) {
    return Error{Errc::kFieldInvalid, fmt::format("'{}' is longer than 100 years", text)};
  }
  return nanoseconds{std::llround(total)};
}

std::string format_duration(nanoseconds duration) {
  if (duration == nanoseconds::zero()) return "0s";
  // A whole number of the largest unit that fits reads best: 90s, 5m, 4h.
  for (auto const& unit : kUnits) {
    if (duration % unit.length == nanoseconds::zero()) {
      return fmt::format("{}{}", duration / unit.length, unit.name);
    }
  }
  auto const us = std::chrono::duration<double, std::micro>{duration}.count();
  return fmt::format("{}us", us);
}

}  // namespace k2
