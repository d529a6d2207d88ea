// Settings as flags of a subcommand, and the way from parsed flags to a configuration: reads the
// environment and the file, prints what is wrong. Every subcommand that takes settings uses it.
#pragma once

#include "app/config.hpp"

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace k2::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// The settings from the command line; filled while CLI11 parses, so it must outlive the App.
struct Flags {
  std::map<std::string, std::string> settings;
  std::string config_file;
};

/// Adds the settings' flags (all of them when no key is given) and --config to a subcommand.
[[nodiscard]] std::shared_ptr<Flags> add_setting_flags(
    CLI::App& command, std::initializer_list<std::string_view> keys = {});

/// Adds the flags of all settings except these, and --config.
[[nodiscard]] std::shared_ptr<Flags> add_setting_flags_but(
    CLI::App& command, std::initializer_list<std::string_view> keys);

/// The configuration of this process as flags, environment and file are now, or all that is wrong
/// with it.
[[nodiscard]] Resolved read_config(Flags const& flags);

/// The configuration of this process. If it is invalid, it prints every problem with its remedy to
/// stderr and returns nothing: the caller exits with kExitUsage.
[[nodiscard]] std::optional<Resolved> load_config(Flags const& flags);

/// Prints what is allowed but dangerous, for a command that has no log.
void print_warnings(Resolved const& resolved, std::string_view command);

/// Starts the log as configured by log.level and log.format, and logs the warnings.
void start_log_of(Resolved const& resolved);

/// The message to a user whose command line was not understood, ending with a suggestion.
[[nodiscard]] std::string explain_usage(CLI::App const& app, CLI::ParseError const& error);

}  // namespace k2::app
