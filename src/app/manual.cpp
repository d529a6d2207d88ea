#include "app/manual.hpp"

#include "app/settings.hpp"
#include "app/version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace k2::app {
namespace {

/// Escapes text so that roff prints it unchanged.
std::string roff(std::string_view text) {
  std::string out;
  bool at_begin = true;
  for (char const c : text) {
    if (at_begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out.push_back(c);
    }
    at_begin = c == '\n';
  }
  return out;
}

/// Lines that stay as they are broken.
std::string block(std::string_view text) {
  return text.empty() ? std::string{} : ".nf\n" + roff(text) + "\n.fi\n";
}

std::string long_flag(CLI::Option const& option) {
  auto const& names = option.get_lnames();
  return names.empty() ? std::string{} : "--" + names.front();
}

/// Other flags may have a setting's name and mean something else.
bool is_setting(CLI::Option const& option) {
  return std::ranges::any_of(all_settings(), [&](Setting const& setting) {
    return setting.flag() == long_flag(option) &&
           option.get_description().starts_with(setting.meaning);
  });
}

std::string entry(CLI::Option const& option) {
  auto const flag = long_flag(option);
  auto const name = flag.empty() ? option.get_name(true) : flag;
  auto type = option.get_expected_max() == 0 ? std::string{} : option.get_type_name();
  // CLI11 repeats the name of the type behind a colon.
  type = type.substr(0, type.find(':'));
  return fmt::format(".TP\n.B {}{}\n{}\n", roff(name),
                     type.empty() ? "" : " \\fI" + roff(type) + "\\fP",
                     roff(option.get_description()));
}

std::string command_section(CLI::App const& command, std::string const& prefix) {
  auto const name = prefix + command.get_name();
  auto text = fmt::format(".SS {}\n{}\n", roff(name), roff(command.get_description()));
  std::vector<std::string> settings;
  for (auto const* const option : command.get_options()) {
    if (is_setting(*option)) {
      settings.push_back(long_flag(*option));
    } else if (long_flag(*option) != "--help") {
      text += entry(*option);
    }
  }
  if (settings.size() == all_settings().size()) {
    text += ".PP\nTakes every setting, as below.\n";
  } else if (!settings.empty()) {
    text += fmt::format(".PP\nTakes the settings {}, as below.\n",
                        roff(fmt::format("{}", fmt::join(settings, ", "))));
  }
  if (!command.get_footer().empty()) text += ".PP\n" + block(command.get_footer());
  for (auto const* const inner : command.get_subcommands({})) {
    text += command_section(*inner, name + " ");
  }
  return text;
}

std::string settings_section() {
  std::string text = ".SH SETTINGS\n";
  for (Setting const& setting : all_settings()) {
    auto const fallback = setting.fallback.empty() ? "not set" : std::string{setting.fallback};
    text += fmt::format(".TP\n.B {}\n{}\n.br\nDefault: {}; key {}, variable {}.\n",
                        roff(setting.flag()), roff(setting.meaning), roff(fallback),
                        roff(setting.key), roff(setting.env()));
  }
  return text;
}

}  // namespace

std::string manual_page(CLI::App const& app) {
  std::string text = fmt::format(
      ".TH K2 1 \"\" \"k2 {}\" \"K2\"\n"
      ".SH NAME\nk2 \\- record every trade that Binance publishes, exactly once and in order\n"
      ".SH SYNOPSIS\n.B k2\n.I command\n.RI [ flags ]\n"
      ".SH DESCRIPTION\n",
      roff(version_number()));
  text += block(app.get_description());
  text += ".SH COMMANDS\n";
  for (auto const* const command : app.get_subcommands({}))
    text += command_section(*command, "k2 ");
  text += settings_section();
  text +=
      ".SH FILES\n.TP\n.I /etc/k2/k2.toml\nThe settings of the service that the Debian package "
      "installs.\n.TP\n.I /var/lib/k2\nIts journal of recorded trades.\n";
  return text;
}

}  // namespace k2::app
