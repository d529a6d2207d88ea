#include "app/manual.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace k2::app {
namespace {

/// "local kafka" of "local|kafka"; empty for types that are no choice.
std::string choices_of(CLI::Option const& option) {
  // CLI11 repeats the name of the type behind a colon.
  auto type = option.get_type_name();
  type = type.substr(0, type.find(':'));
  bool const is_choice =
      type.find('|') != type.npos && std::ranges::all_of(type, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '|';
      });
  if (!is_choice) return {};
  std::ranges::replace(type, '|', ' ');
  return type;
}

std::string names(std::vector<CLI::App const*> const& commands) {
  std::vector<std::string> list;
  list.reserve(commands.size());
  for (auto const* const command : commands) list.push_back(command->get_name());
  return fmt::format("{}", fmt::join(list, " "));
}

/// The words that may follow `path`, as a case of the script.
std::string command_case(CLI::App const& command, std::string const& path) {
  std::vector<std::string> flags;
  std::vector<std::string> taking;
  std::string values;
  for (auto const* const option : command.get_options()) {
    for (auto const& name : option->get_lnames()) {
      flags.push_back("--" + name);
      if (option->get_expected_max() == 0) continue;
      if (auto const choices = choices_of(*option); !choices.empty()) {
        values += fmt::format("        --{}) words='{}' ;;\n", name, choices);
      } else {
        taking.push_back("--" + name);
      }
    }
  }
  // Bash itself then offers files.
  if (!taking.empty()) values += fmt::format("        {}) return ;;\n", fmt::join(taking, " | "));
  auto const inner = command.get_subcommands({});
  auto text = fmt::format(
      "    '{}')\n      case $before in\n{}        *) words='{}' ;;\n      esac\n      ;;\n", path,
      values,
      fmt::join({names(inner), fmt::format("{}", fmt::join(flags, " "))},
                inner.empty() ? "" : " "));
  for (auto const* const one : inner) text += command_case(*one, path + " " + one->get_name());
  return text;
}

}  // namespace

std::string bash_completion(CLI::App const& app) {
  auto const commands = app.get_subcommands({});
  std::string cases;
  for (auto const* const command : commands) cases += command_case(*command, command->get_name());
  return fmt::format(
      R"(# Made by `k2 manual --bash-completion`.
_k2() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words= path= at
  COMPREPLY=()
  # The commands that were named; flags end them.
  for ((at = 1; at < COMP_CWORD; ++at)); do
    [[ ${{COMP_WORDS[at]}} == -* ]] && break
    path+="${{path:+ }}${{COMP_WORDS[at]}}"
  done
  case $path in
    '') words='{} --help --version' ;;
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _k2 k2
)",
      names(commands), cases);
}

}  // namespace k2::app
