// The text of a setting turned into its typed value, checked against its range and choices. Pure.
#pragma once

#include "app/settings.hpp"
#include "app/symbol_selection.hpp"
#include "core/result.hpp"
#include "feed/endpoint.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::app {

/// The value of a kNamed.
using NamedTexts = std::map<std::string, std::string>;

/// monostate: not set.
using SettingValue =
    std::variant<std::monostate, std::string, std::filesystem::path, std::vector<feed::Endpoint>,
                 SymbolSelection, bool, double, std::chrono::nanoseconds, NamedTexts>;

/// What the text means for this setting.
/// Errors: kConfigInvalid; the detail says what is wrong and what would be right, for a reader who
/// is told the setting's name by the caller.
[[nodiscard]] Result<SettingValue> parse_setting(Setting const& setting, std::string_view text,
                                                 bool drills);

/// The value as `k2 config` shows it: a text that parse_setting reads back as the same value.
[[nodiscard]] std::string setting_text(Setting const& setting, SettingValue const& value);

/// The same with secrets covered: all of a secret setting's, and of texts by name those whose
/// names say that they are.
[[nodiscard]] std::string shown_text(Setting const& setting, SettingValue const& value);

/// True when the value holds a secret: a URL with a password, or a text by name whose name says so.
[[nodiscard]] bool holds_secret(Setting const& setting, SettingValue const& value);

/// True when the value is one that only drills may have.
[[nodiscard]] bool is_drill_value(Setting const& setting, SettingValue const& value);

/// The parts of a text between commas, without blanks around them; none for an empty text.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text, char separator = ',');

}  // namespace k2::app
