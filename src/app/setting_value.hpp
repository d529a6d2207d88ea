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

/// Parses the text of this setting.
/// Errors: kConfigInvalid; the detail names the problem and a valid form. The caller adds the
/// setting's name.
[[nodiscard]] Result<SettingValue> parse_setting(Setting const& setting, std::string_view text,
                                                 bool drills);

/// The value as `k2 config` shows it: a text that parse_setting reads back as the same value.
[[nodiscard]] std::string setting_text(Setting const& setting, SettingValue const& value);

/// The value as setting_text prints it, with secrets covered: all of a secret setting's, and those
/// texts by name whose names identify them as secrets.
[[nodiscard]] std::string shown_text(Setting const& setting, SettingValue const& value);

/// True when the value holds a secret: a URL with a password, or a text by name whose name implies
/// one.
[[nodiscard]] bool holds_secret(Setting const& setting, SettingValue const& value);

/// True when the value is one that only drills may have.
[[nodiscard]] bool is_drill_value(Setting const& setting, SettingValue const& value);

/// The parts of a text between commas, without blanks around them; none for an empty text.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text, char separator = ',');

}  // namespace k2::app
