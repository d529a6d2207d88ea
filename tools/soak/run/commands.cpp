#include "tools/soak/run/commands.hpp"

#include "core/duration.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::soak {
namespace {

std::string seconds_text(Span span) {
  return fmt::format("{}s", Seconds{span}.count());
}

void add_periods(Plan const& plan, Command& command) {
  Periods const run = plan.run();
  auto const flag = [&command](char const* name, Span span) {
    command.push_back(fmt::format("--{}={}", name, seconds_text(span)));
  };
  flag("connection-max-lifetime-hours", run.rotation);
  flag("ping-interval-seconds", run.ping);
  flag("ping-timeout-seconds", run.ping_timeout);
  flag("health-check-timeout-seconds", run.health_check);
  if (plan.compress <= 1) return;
  flag("memory-sample-interval-seconds", run.memory_sample);
  command.emplace_back("--allow-drills");
}

}  // namespace

std::optional<Place> read_ready_line(std::string_view output) {
  auto const begin = output.find("k2-sim ready ");
  auto const end = output.find('\n', begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  std::string_view line = output.substr(begin, end - begin);
  Place place;
  while (!line.empty()) {
    auto const blank = line.find(' ');
    std::string_view const word = line.substr(0, blank);
    line = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
    auto const equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    place.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  return place;
}

std::optional<std::string> read_watch_address(std::string_view log) {
  auto const event = log.rfind("\"event\":\"watch.listening\"");
  auto const end = log.find('\n', event);
  if (event == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  auto const begin = log.rfind('\n', event) + 1;  // npos + 1 is 0
  auto const line = nlohmann::json::parse(log.substr(begin, end - begin), nullptr, false);
  if (!line.is_object()) return std::nullopt;
  auto address = line.value("address", std::string{});
  if (address == "0.0.0.0" || address == "::") address = "127.0.0.1";
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return fmt::format("{}:{}", address, line.value("port", 0));
}

Command sim_command(SoakOptions const& options, std::string const& program) {
  SimOptions const& sim = *options.sim;
  Command command{program,
                  "sim",
                  "--symbols=" + options.symbols,
                  fmt::format("--rate={}", sim.rate),
                  fmt::format("--seed={}", sim.seed),
                  fmt::format("--start-when-subscribed={}", sim.subscribed),
                  "--cut-after=" + seconds_text(options.plan.run().exchange_cut),
                  "--port=0",
                  "--rest-port=0",
                  "--admin-port=0",
                  "--tls-dir=" + (options.folder / "tls").string(),
                  "--ledger=" + (options.folder / "ledger.csv").string()};
  for (std::string const& fault : sim.faults) command.push_back("--fault=" + fault);
  if (!sim.faults_file.empty()) command.push_back("--faults=" + sim.faults_file);
  return command;
}

Command stream_command(SoakOptions const& options, Place const& place) {
  Command command{options.stream_program, "stream"};
  command.insert(command.end(), options.stream_flags.begin(), options.stream_flags.end());
  command.push_back("--symbols=" + options.symbols);
  command.push_back("--data-dir=" + options.data_dir.string());
  command.emplace_back("--log-format=json");
  if (!place.empty()) {
    command.push_back("--stream-url=" + place.at("ws"));
    command.push_back("--rest-url=" + place.at("rest"));
    command.push_back("--custom-ca-bundle=" + place.at("ca"));
  }
  add_periods(options.plan, command);
  return command;
}

std::vector<Command> verify_commands(SoakOptions const& options, std::string const& program) {
  Command local{program, "verify", "--json", "--data-dir=" + options.data_dir.string()};
  std::string const ledger = "--ledger=" + (options.folder / "ledger.csv").string();
  if (options.sim) local.push_back(ledger);
  std::vector<Command> commands{std::move(local)};
  if (!options.kafka_flags) return commands;
  Command kafka{program, "verify", "--json", "--kafka"};
  kafka.insert(kafka.end(), options.kafka_flags->begin(), options.kafka_flags->end());
  if (options.sim) kafka.push_back(ledger);
  commands.push_back(std::move(kafka));
  return commands;
}

}  // namespace k2::soak
