// The table of all settings of K2, each one line of data: parsing, `k2 config`, --help and
// docs/configuration.md all come from this table, so adding a setting is adding a line to it. A
// setting's key determines its other names: `binance.stream_url` is [binance] stream_url in the
// file, K2_BINANCE_STREAM_URL in the environment and --stream-url on the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace k2::app {

enum class Kind : std::uint8_t {
  kText,
  kPath,
  /// One URL, or several separated by commas, the first preferred; the schemes are the choices.
  kUrls,
  /// Names of symbols separated by commas; the range bounds their number.
  kSymbols,
  /// true or false.
  kBool,
  kNumber,
  /// A number of the setting's unit, or a text with a unit of its own such as 90s or 5m.
  kDuration,
  /// One of the choices.
  kChoice,
  /// Texts by name: name=value separated by commas; in the file also a table of the setting's key;
  /// in the environment also one variable a name, SASL_USERNAME behind the setting's own for
  /// sasl.username.
  kNamed,
};

/// A closed range. Units: the setting's.
struct Range {
  double low = 0;
  double high = 0;
};

struct Setting {
  std::string_view key;
  Kind kind = Kind::kText;
  /// The default as a user would write it; empty means "not set".
  std::string_view fallback;
  std::string_view unit{};
  std::optional<Range> range{};
  /// The range that drills and tests may use (allow_drills).
  std::optional<Range> drill_range{};
  /// Separated by '|': values of a kChoice, schemes of a kUrls.
  std::string_view choices{};
  std::string_view meaning;
  bool secret = false;
  /// A value that is allowed but dangerous, with the warning that each start logs about it.
  std::string_view dangerous{};
  std::string_view warning{};

  [[nodiscard]] std::string env() const;
  [[nodiscard]] std::string flag() const;
  /// Length of 1 in the setting's unit. Only for kDuration.
  [[nodiscard]] std::chrono::nanoseconds unit_length() const;
};

/// The settings of this build, in the order in which they are shown.
[[nodiscard]] std::span<Setting const> all_settings();

/// The setting with this key, or nullptr.
[[nodiscard]] Setting const* find_setting(std::span<Setting const> settings, std::string_view key);

/// "5..60 s", or "" when the setting has no range.
[[nodiscard]] std::string range_text(Setting const& setting, bool drills);

}  // namespace k2::app
