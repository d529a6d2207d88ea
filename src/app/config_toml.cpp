#include "app/cmd_config.hpp"
#include "app/setting_value.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace k2::app {
namespace {

constexpr std::size_t kWidth = 98;

std::string commented(std::string_view text) {
  std::string lines;
  std::size_t column = 0;
  for (auto const word : split_list(text, ' ')) {
    if (column != 0 && column + 1 + word.size() > kWidth) column = 0;
    lines += fmt::format("{}{}", column == 0 ? (lines.empty() ? "# " : "\n# ") : " ", word);
    column += (column == 0 ? 2 : 1) + word.size();
  }
  return lines + "\n";
}

/// Every kind may be written as a text.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string entry(ConfigValue const& value, std::string_view name) {
  Setting const& setting = *value.setting;
  std::string text = "\n" + commented(setting.meaning);
  // A secret is never printed, also not as a comment: its default is printed in its place.
  bool const covered = setting.secret && value.source != Source::kDefault;
  if (covered) text += "# It is set, and a secret: it is not shown here.\n";
  auto const shown = covered ? std::string{setting.fallback} : setting_text(setting, value.value);
  bool const is_plain = setting.kind == Kind::kBool || setting.kind == Kind::kNumber;
  bool const is_said = value.source != Source::kDefault && !covered && !shown.empty();
  return text + fmt::format("{}{} = {}\n", is_said ? "" : "# ", name,
                            is_plain && !shown.empty() ? shown : toml_text(shown));
}

}  // namespace

std::string config_toml(Config const& config) {
  std::string page =
      "# Settings of K2. Lines that are commented out are defaults; docs/configuration.md lists\n"
      "# allowed values, and `k2 config --config FILE` shows the values in force and their "
      "source.\n";
  std::string tables;
  std::string named;  // last: what follows would belong to it
  std::string table;
  for (auto const& value : config.values()) {
    std::string_view const key = value.setting->key;
    if (value.setting->kind == Kind::kNamed) {
      named += "\n" + commented(value.setting->meaning) + "# [" + std::string{key} + "]\n";
      continue;
    }
    auto const dot = key.find('.');
    if (dot == key.npos) {
      page += entry(value, key);
      continue;
    }
    if (key.substr(0, dot) != table) {
      table = key.substr(0, dot);
      tables += fmt::format("\n[{}]\n", table);
    }
    tables += entry(value, key.substr(dot + 1));
  }
  return page + tables + named;
}

}  // namespace k2::app
