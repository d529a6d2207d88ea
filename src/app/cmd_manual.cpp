#include "app/cmd_manual.hpp"

#include "app/manual.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>
#include <memory>

namespace k2::app {

void add_manual(CLI::App& app) {
  auto* const command = app.add_subcommand(
      "manual", "The manual page in roff (k2 manual | man -l -), or a completion for a shell");
  auto const bash = std::make_shared<bool>(false);
  command->add_flag("--bash-completion", *bash,
                    "The completion for bash: source <(k2 manual --bash-completion)");
  command->callback(
      [&app, bash] { std::cout << (*bash ? bash_completion(app) : manual_page(app)); });
}

}  // namespace k2::app
