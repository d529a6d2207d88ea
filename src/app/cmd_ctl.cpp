#include "app/cmd_ctl.hpp"

#include "app/data_dir.hpp"
#include "app/flags.hpp"
#include "io/admin_socket.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <array>
#include <iostream>
#include <memory>
#include <string>

namespace k2::app {
namespace {

struct Word {
  char const* name;
  char const* meaning;
};

constexpr std::array kWords{
    Word{"status", "How it is doing, as one JSON object (docs/status.md)"},
    Word{"rotate", "Replace every connection, each once its successor has proven itself"},
    Word{"reload", "Read the symbols again, as SIGHUP does"},
    Word{"drain", "Store what was accepted and end, as SIGTERM does"},
};

}  // namespace

void add_ctl(CLI::App& app, int& exit_code) {
  auto* const command =
      app.add_subcommand("ctl", "Send a command to the running stream of a data directory");
  command->require_subcommand(1);
  for (Word const& word : kWords) {
    auto* const one = command->add_subcommand(word.name, word.meaning);
    auto const flags = add_data_dir_flags(*one);
    one->callback([flags, name = word.name, &exit_code] {
      auto const data_dir = find_data_dir(*flags);
      if (!data_dir) {
        exit_code = kExitUsage;
        return;
      }
      auto const reply = io::ask_admin(*data_dir, name);
      if (reply) {
        std::cout << *reply;
      } else {
        std::cerr << "k2 ctl: " << reply.error().detail << '\n';
        exit_code = kExitFailed;
      }
    });
  }
}

}  // namespace k2::app
