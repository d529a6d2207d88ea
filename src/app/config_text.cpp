#include "app/cmd_config.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace k2::app {
namespace {

std::string shown(ConfigValue const& value) {
  return shown_text(*value.setting, value.value);
}

std::string origin_of(ConfigValue const& value) {
  return value.origin.empty() ? std::string{source_name(value.source)} : value.origin;
}

// Columns count code points: names of symbols may be any UTF-8.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string text, std::size_t width) {
  text.append(width - std::min(width, width_of(text)), ' ');
  return text;
}

std::string joined_choices(Setting const& setting) {
  std::string text;
  for (auto const choice : split_list(setting.choices, '|')) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", choice);
  }
  return text;
}

std::string allowed_text(Setting const& setting) {
  switch (setting.kind) {
    case Kind::kBool:
      return "true, false";
    case Kind::kChoice:
      return joined_choices(setting);
    case Kind::kUrls:
      return "URLs of " + joined_choices(setting) + ", separated by commas";
    case Kind::kPath:
      return "a path";
    case Kind::kText:
      return "a text";
    case Kind::kNamed:
      return "name=value, separated by commas";
    case Kind::kSymbols:
      return fmt::format("{:.0f} symbols at most, separated by commas", setting.range->high);
    case Kind::kNumber:
    case Kind::kDuration:
      break;
  }
  auto text = range_text(setting, false);
  if (setting.drill_range) text += fmt::format(" (drills {})", range_text(setting, true));
  return text;
}

}  // namespace

std::string config_table(Config const& config) {
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (auto const& value : config.values()) {
    key_width = std::max(key_width, value.setting->key.size());
    value_width = std::max(value_width, std::min<std::size_t>(60, width_of(shown(value))));
  }
  auto table = padded("setting", key_width) + "  " + padded("value", value_width) + "  from\n";
  for (auto const& value : config.values()) {
    auto const text = shown(value);
    table += padded(std::string{value.setting->key}, key_width) + "  " +
             padded(text.empty() ? "-" : text, value_width) + "  " + origin_of(value) + "\n";
  }
  return table;
}

std::string config_json(Config const& config) {
  nlohmann::ordered_json root = nlohmann::ordered_json::object();
  for (auto const& value : config.values()) {
    auto const& setting = *value.setting;
    auto& entry = root[std::string{setting.key}];
    auto const text = shown(value);
    entry["value"] = text.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(text);
    entry["source"] = source_name(value.source);
    entry["origin"] = origin_of(value);
    if (!setting.unit.empty()) entry["unit"] = setting.unit;
    entry["env"] = setting.env();
    entry["flag"] = setting.flag();
  }
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string config_markdown(std::span<Setting const> settings) {
  std::string page =
      "# Settings\n"
      "\n"
      "This page is made by `k2 config --markdown`; a test keeps the two equal.\n"
      "\n"
      "A flag wins over the environment, the environment over the file, the file over the "
      "default.\n"
      "The file is the one that `--config` or `K2_CONFIG` names, otherwise `./k2.toml` if there is "
      "one.\n"
      "`k2 config` shows each value in force and where it came from. A name that does not exist "
      "and a\n"
      "value out of its range are errors: K2 then exits with code 2 and names the fix.\n"
      "Durations are plain numbers of the unit shown, or texts such as `250ms`, `90s`, `5m`, `2h`, "
      "`1h30m`.\n"
      "The wider ranges of drills need `K2_ALLOW_DRILLS=1` or `--allow-drills`.\n"
      "\n"
      "```toml\n"
      "[binance]\n"
      "symbols = [\"BTCUSDT\", \"ETHUSDT\"]\n"
      "\n"
      "[journal]\n"
      "sync = \"full\"\n"
      "```\n";
  for (auto const& setting : settings) {
    page += fmt::format("\n## {}\n\n{}\n\n", setting.key, setting.meaning);
    page += fmt::format("- default: {}\n", setting.fallback.empty()
                                               ? std::string{"not set"}
                                               : fmt::format("`{}`", setting.fallback));
    page += fmt::format("- allowed: {}\n", allowed_text(setting));
    page += fmt::format(
        "- environment: `{}`{}, flag: `{}`\n", setting.env(),
        setting.kind == Kind::kNamed ? fmt::format(", `{}_NAME`", setting.env()) : std::string{},
        setting.flag());
  }
  return page;
}

}  // namespace k2::app
