#include "app/cmd_config.hpp"

#include "app/flags.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>

namespace k2::app {

void add_config(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand(
      "config", "Show every setting, its value, and its origin (flag, environment, file)");
  auto const flags = add_setting_flags(*command);
  struct Output {
    bool json = false;
    bool markdown = false;
    bool toml = false;
  };
  auto const output = std::make_shared<Output>();
  auto* const json = command->add_flag("--json", output->json, "Print one JSON object");
  command->add_flag("--markdown", output->markdown, "Print the reference page of all settings")
      ->excludes(json);
  command
      ->add_flag("--toml", output->toml,
                 "Print a file of settings: those given here are set, all others commented out")
      ->excludes(json);
  command->callback([flags, output, &exit_code] {
    if (output->markdown) {
      std::cout << config_markdown(all_settings());
      return;
    }
    auto const resolved = load_config(*flags);
    if (!resolved) {
      exit_code = kExitUsage;
      return;
    }
    for (auto const& warning : resolved->warnings) std::cerr << "k2: warning: " << warning << '\n';
    if (output->toml) {
      std::cout << config_toml(resolved->config);
      return;
    }
    std::cout << (output->json ? config_json(resolved->config) : config_table(resolved->config));
  });
}

}  // namespace k2::app
