#include "app/cmd_check.hpp"

#include "app/checks.hpp"
#include "app/flags.hpp"
#include "core/duration.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>
#include <iterator>
#include <memory>
#include <string>

namespace k2::app {
namespace {

constexpr char const* kAbout = "Run the preflight checks of `k2 stream`, with the same settings";

constexpr char const* kMeaning =
    "One line per check: OK, WARN (it runs, but see the remedy) or FAIL. Checked are disk, limits "
    "and\n"
    "ports of this machine; clock, request weight and symbols over REST; each stream URL, by TLS,\n"
    "certificates and the first trade; with sink = kafka, brokers, topics, rights and the schema\n"
    "registry. Nothing is changed. Two rights show only when they are used: Write on the topics "
    "and\n"
    "Read on the group.\n"
    "\n"
    "Exit code: 0 without a FAIL, 1 with one, 2 for wrong usage or configuration.";

struct Arguments {
  bool json = false;
  bool ready = false;
  std::string wait = "10s";
};

int show(check::Findings const& findings, bool json) {
  if (json) std::cout << check::json_of(findings) << std::flush;
  return check::worst(findings) == check::Grade::kFail ? kExitFailed : kExitDone;
}

/// Shows what is found as it is found: some of it takes its time.
int check_all(Config const& settings, std::chrono::milliseconds patience, bool json) {
  auto const config = stream_config(settings);
  if (!config) {
    std::cerr << "k2 check: " << config.error().detail << '\n';
    return kExitUsage;
  }
  check::Findings all;
  auto const take = [&](check::Findings found) {
    if (!json) {
      for (check::Finding const& finding : found) std::cout << check::line_of(finding);
      std::cout << std::flush;
    }
    std::move(found.begin(), found.end(), std::back_inserter(all));
  };
  take(check_machine(settings, *config));
  take(check_exchange(*config, patience));
  if (config->kafka) take(check_kafka(*config->kafka, config->data_dir));
  return show(all, json);
}

int run(Flags const& flags, Arguments const& arguments) {
  auto const patience = parse_duration(arguments.wait, std::chrono::seconds{1});
  if (!patience || *patience <= std::chrono::nanoseconds::zero()) {
    throw CLI::ValidationError{"--wait", "a time such as 10s"};
  }
  auto const resolved = load_config(flags);
  if (!resolved) return kExitUsage;
  if (arguments.ready) {
    check::Finding const finding = check_ready(resolved->config);
    if (!arguments.json) std::cout << check::line_of(finding);
    return show({finding}, arguments.json);
  }
  for (std::string const& warning : resolved->warnings)
    std::cerr << "k2 check: " << warning << '\n';
  return check_all(resolved->config, std::chrono::ceil<std::chrono::milliseconds>(*patience),
                   arguments.json);
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("check", kAbout);
  command->footer(kMeaning);
  auto const flags = add_setting_flags(*command);
  auto const arguments = std::make_shared<Arguments>();
  command->add_flag(
      "--ready", arguments->ready,
      "Query only the readiness of the running stream on metrics.listen, as a probe does");
  command->add_option("--wait", arguments->wait, "Time limit for the first trade of a connection")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([flags, arguments, &exit_code] { exit_code = run(*flags, *arguments); });
}

}  // namespace k2::app
