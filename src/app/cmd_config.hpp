// `k2 config`: every setting, its value in this very environment, and where it came from.
#pragma once

#include "app/config.hpp"

#include <string>

namespace CLI {
class App;
}

namespace k2::app {

void add_config(CLI::App& app, int& exit_code);

/// A table for people.
[[nodiscard]] std::string config_table(Config const& config);
/// One JSON object, settings by key.
[[nodiscard]] std::string config_json(Config const& config);
/// A configuration file: all settings explained, those that differ from the default in force.
[[nodiscard]] std::string config_toml(Config const& config);
/// docs/configuration.md: every setting with its names, default, range and meaning.
[[nodiscard]] std::string config_markdown(std::span<Setting const> settings);

}  // namespace k2::app
