#include "app/flags.hpp"

#include "app/near_name.hpp"
#include "core/printable.hpp"
#include "io/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace k2::app {
namespace {

std::string_view type_name(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "TEXT";
    case Kind::kPath:
      return "PATH";
    case Kind::kUrls:
      return "URL,...";
    case Kind::kSymbols:
      return "SYMBOL,...";
    case Kind::kBool:
      return "true|false";
    case Kind::kNumber:
      return "NUMBER";
    case Kind::kDuration:
      return "DURATION";
    case Kind::kNamed:
      return "NAME=VALUE,...";
    case Kind::kChoice:
      return "";
  }
  return "";
}

std::string flag_help(Setting const& setting) {
  auto const range = setting.kind == Kind::kSymbols ? "" : range_text(setting, false);
  auto const fallback =
      setting.fallback.empty()
          ? std::string{"not set"}
          : fmt::format("{}{}{}", setting.fallback, setting.unit.empty() ? "" : " ", setting.unit);
  return fmt::format("{} [{}{}{}; {}]", setting.meaning, fallback, range.empty() ? "" : "; ", range,
                     setting.env());
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view const entry{*at};
    auto const equals = entry.find('=');
    if (equals != entry.npos) variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

std::optional<std::string> read_text(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return std::nullopt;
  return text;
}

// CLI11 leaves long texts on one line; a terminal breaks them anywhere.
class WrappingFormatter final : public CLI::Formatter {
 public:
  std::string make_option(CLI::Option const* option, bool is_positional) const override {
    constexpr std::size_t kIndent = 6;
    constexpr std::size_t kWidth = 98;
    return fmt::format("  {}{}\n{}", make_option_name(option, is_positional),
                       make_option_opts(option),
                       wrapped(make_option_desc(option), kIndent, kWidth));
  }

 private:
  static std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    std::string out;
    std::size_t column = 0;
    for (auto const word : split_list(text, ' ')) {
      if (column != 0 && column + 1 + word.size() > width) {
        out.push_back('\n');
        column = 0;
      }
      out.append(column == 0 ? indent : 1, ' ').append(word);
      column += (column == 0 ? indent : 1) + word.size();
    }
    return out + "\n";
  }
};

/// Chosen: a password or a key is much shorter.
constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10U;

/// A name without a folder is one of systemd's credentials where there are any.
/// Errors: kFileFailed.
Result<std::string> read_secret(std::string const& path) {
  std::filesystem::path place{path};
  if (char const* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
      credentials != nullptr && !place.has_parent_path()) {
    place = std::filesystem::path{credentials} / place;
  }
  std::ifstream file{place, std::ios::binary};
  std::string text(kSecretBytesMax, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return Error{Errc::kFileFailed, fmt::format("'{}' cannot be read", place.string())};
  }
  if (!file.eof()) {
    return Error{Errc::kFileFailed,
                 fmt::format("'{}' is longer than {} bytes", place.string(), kSecretBytesMax)};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

template <class Wanted>
std::shared_ptr<Flags> add_flags_of(CLI::App& command, Wanted wanted) {
  auto flags = std::make_shared<Flags>();
  command.formatter(std::make_shared<WrappingFormatter>());
  for (auto const& setting : all_settings()) {
    if (!wanted(setting.key)) continue;
    auto const take = [flags, key = std::string{setting.key}](std::string const& text) {
      flags->settings[key] = text;
    };
    if (setting.kind == Kind::kBool && setting.fallback == "false") {
      auto const turn_on = [flags, key = std::string{setting.key}] {
        flags->settings[key] = "true";
      };
      command.add_flag_callback(setting.flag(), turn_on, flag_help(setting));
      continue;
    }
    auto* const option =
        command.add_option_function<std::string>(setting.flag(), take, flag_help(setting));
    option->type_name(std::string{setting.choices.empty() || setting.kind != Kind::kChoice
                                      ? type_name(setting.kind)
                                      : setting.choices});
  }
  command
      .add_option("--config", flags->config_file,
                  "A TOML file of settings [./k2.toml if there is one; K2_CONFIG]")
      ->type_name("PATH");
  return flags;
}

}  // namespace

std::shared_ptr<Flags> add_setting_flags(CLI::App& command,
                                         std::initializer_list<std::string_view> keys) {
  return add_flags_of(command, [keys](std::string_view key) {
    return keys.size() == 0 || std::ranges::find(keys, key) != keys.end();
  });
}

std::shared_ptr<Flags> add_setting_flags_but(CLI::App& command,
                                             std::initializer_list<std::string_view> keys) {
  return add_flags_of(
      command, [keys](std::string_view key) { return std::ranges::find(keys, key) == keys.end(); });
}

Resolved read_config(Flags const& flags) {
  ConfigInput input{.flags = flags.settings, .environment = process_environment(), .file = {}};
  input.read_secret = read_secret;
  auto path = flags.config_file;
  auto const named = input.environment.find(std::string{kConfigFileEnv});
  if (path.empty() && named != input.environment.end()) path = named->second;
  bool const is_wanted = !path.empty();
  if (!is_wanted) path = "k2.toml";
  auto text = read_text(path);
  if (!text && is_wanted) {
    return {.config = {},
            .problems = {fmt::format("the configuration file '{}' cannot be read", path)},
            .warnings = {}};
  }
  if (text) input.file = ConfigInput::File{.name = path, .text = std::move(*text)};
  return resolve_config(all_settings(), input);
}

std::optional<Resolved> load_config(Flags const& flags) {
  auto resolved = read_config(flags);
  for (auto const& problem : resolved.problems) std::cerr << "k2: " << problem << '\n';
  if (!resolved.problems.empty()) return std::nullopt;
  return resolved;
}

void print_warnings(Resolved const& resolved, std::string_view command) {
  for (auto const& warning : resolved.warnings) {
    std::cerr << command << ": warning: " << warning << '\n';
  }
}

void start_log_of(Resolved const& resolved) {
  auto const& level = resolved.config.get<std::string>("log.level");
  auto const& format = resolved.config.get<std::string>("log.format");
  bool const is_json = format == "json" || (format == "auto" && ::isatty(STDERR_FILENO) != 1);
  io::LogSetup setup{.format = is_json ? io::LogFormat::kJson : io::LogFormat::kLogfmt};
  for (auto const known :
       {io::LogLevel::kDebug, io::LogLevel::kInfo, io::LogLevel::kWarn, io::LogLevel::kError}) {
    if (io::log_level_name(known) == level) setup.level = known;
  }
  io::start_log(setup);
  for (auto const& warning : resolved.warnings) {
    io::log_event(io::LogLevel::kWarn, "config.warning", {{"warning", warning}});
  }
}

namespace {

/// Returns CLI11's message without the words that it does not know, because one may be a secret.
std::string without_arguments(CLI::App const& app) {
  std::string names;
  std::size_t others = 0;
  for (auto const& word : app.remaining(true)) {
    bool const is_flag = word.starts_with("--");
    bool const is_name = is_flag || std::ranges::all_of(word, [](char c) {
                           return c == '-' || (c >= 'a' && c <= 'z');
                         });
    // The word after an unknown flag is its value.
    if (!is_name || (!is_flag && !names.empty())) {
      ++others;
      continue;
    }
    names += (names.empty() ? "" : ", ") + word.substr(0, word.find('='));
  }
  if (names.empty()) return fmt::format("{} words that are not expected (not shown)", others);
  return fmt::format("not known: {}{}", names,
                     others > 0 ? fmt::format(" ({} words behind it, not shown)", others) : "");
}

}  // namespace

std::string explain_usage(CLI::App const& app, CLI::ParseError const& error) {
  // The subcommand that was parsed is the one whose flags the user meant.
  CLI::App const* command = &app;
  for (auto const* used : app.get_subcommands()) command = used;
  bool const is_extra = dynamic_cast<CLI::ExtrasError const*>(&error) != nullptr;
  std::string text =
      fmt::format("k2: {}", is_extra ? without_arguments(app) : std::string{error.what()});
  std::vector<std::string> known;
  for (auto const* option : command->get_options()) {
    for (auto const& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (auto const* each : command->get_subcommands([](auto const*) { return true; })) {
    known.push_back(each->get_name());
  }
  for (auto const& word : app.remaining(true)) {
    auto const name = word.substr(0, word.find('='));
    text += did_you_mean(name, known);
  }
  auto const path = command == &app ? "k2" : "k2 " + command->get_name();
  return fmt::format("{}\nTry: {} --help\n", printable(text), path);
}

}  // namespace k2::app
