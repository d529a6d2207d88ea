// One log event as one line of text, JSON or logfmt: the pure half of the log. Every byte that
// comes in leaves as valid UTF-8 without line breaks, so that no field can forge a second line.
#pragma once

#include "core/time.hpp"

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace k2::io {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kJson, kLogfmt };

/// A named value of an event. It only refers to texts: build it inside the call that logs it.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  template <std::convertible_to<std::string_view> Text>
  LogField(std::string_view field, Text const& text) : name(field), value(std::string_view{text}) {}
  LogField(std::string_view field, std::same_as<bool> auto flag) : name(field), value(flag) {}
  LogField(std::string_view field, std::floating_point auto number)
      : name(field), value(static_cast<double>(number)) {}
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  LogField(std::string_view field, Integer number) : name(field) {
    if constexpr (std::signed_integral<Integer>) {
      value = static_cast<std::int64_t>(number);
    } else {
      value = static_cast<std::uint64_t>(number);
    }
  }
};

[[nodiscard]] std::string_view log_level_name(LogLevel level) noexcept;

/// `2026-11-23T21:30:05.123456Z`.
[[nodiscard]] std::string log_timestamp(UtcTime time);

/// The line without its line break: ts, level, event, then the fields in their order.
[[nodiscard]] std::string format_log_line(LogFormat format, UtcTime time, LogLevel level,
                                          std::string_view event, std::span<LogField const> fields);

}  // namespace k2::io
