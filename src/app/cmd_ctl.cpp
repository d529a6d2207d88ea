#include "app/cmd_ctl.hpp"

#include "app/data_dir.hpp"
#include "app/flags.hpp"
#include "app/tape_command.hpp"
#include "core/printable.hpp"
#include "io/admin_socket.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
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

/// Sends the command and prints the reply.
void send(Flags const& flags, std::string const& command, int& exit_code) {
  auto const data_dir = find_data_dir(flags);
  if (!data_dir) {
    exit_code = kExitUsage;
    return;
  }
  auto const reply = io::ask_admin(*data_dir, command);
  if (reply) {
    std::cout << *reply;
  } else {
    std::cerr << "k2 ctl: " << printable(reply.error().detail) << '\n';
    exit_code = kExitFailed;
  }
}

void add_restart_tape(CLI::App& ctl, int& exit_code) {
  struct Arguments {
    std::string symbol;
    std::optional<std::uint64_t> first;
  };
  auto* const command = ctl.add_subcommand(
      "restart-tape", "Close a tape whose trade ids have started over, and begin a new one");
  command->footer(
      "Only for a halted tape (log event tape.ids_restarted, alert TapeIdsRestarted). The old "
      "tape\n"
      "stays as it is, and its open gaps are closed. The new tape is the next generation of the\n"
      "symbol, which message ids, `k2 verify`, `k2 gaps` and `k2 export` show. Versions of k2 "
      "that\n"
      "know no generations refuse the journal from then on. Not with the sink kafka.");
  auto const flags = add_data_dir_flags(*command);
  auto const arguments = std::make_shared<Arguments>();
  command->add_option("symbol", arguments->symbol, "The symbol, such as BTCUSDT")
      ->required()
      ->type_name("SYMBOL");
  command->add_option("--from-id", arguments->first,
                      "The first id of the new tape; what was traded since is fetched. Without it, "
                      "the new tape begins with its first live trade");
  command->callback([flags, arguments, &exit_code] {
    send(*flags, restart_tape_command(arguments->symbol, arguments->first), exit_code);
  });
}

}  // namespace

void add_ctl(CLI::App& app, int& exit_code) {
  auto* const command =
      app.add_subcommand("ctl", "Send a command to the running stream of a data directory");
  command->require_subcommand(1);
  for (Word const& word : kWords) {
    auto* const one = command->add_subcommand(word.name, word.meaning);
    auto const flags = add_data_dir_flags(*one);
    one->callback([flags, name = word.name, &exit_code] { send(*flags, name, exit_code); });
  }
  add_restart_tape(*command, exit_code);
}

}  // namespace k2::app
