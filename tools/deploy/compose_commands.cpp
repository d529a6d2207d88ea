#include "tools/deploy/compose_commands.hpp"

#include "core/iso_time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

namespace k2::deploy {
namespace {

/// The name of the project in compose.yml's folder: containers are k2-binance-stream-1 and so on.
constexpr char const* kProject = "k2";

Command docker(std::vector<std::string> words) {
  Command command{"/usr/bin/env", "docker"};
  command.insert(command.end(), std::make_move_iterator(words.begin()),
                 std::make_move_iterator(words.end()));
  return command;
}

}  // namespace

Command compose_plugin_question() {
  return docker({"compose", "version"});
}

ComposeCommands::ComposeCommands(Settings settings, bool plugin)
    : settings_(std::move(settings)), plugin_(plugin) {}

/// Returns a compose command with green's image, recording everything.
Command ComposeCommands::compose(std::vector<std::string> words, bool shadow) const {
  Command command{"/usr/bin/env", "K2_IMAGE=" + settings_.containers.image,
                  "K2_KAFKA_STANDBY=warm"};
  if (shadow) command.push_back("K2_KAFKA_TOPIC=" + settings_.topic.shadow);
  if (plugin_) {
    command.emplace_back("docker");
    command.emplace_back("compose");
  } else {
    command.emplace_back("docker-compose");
  }
  command.emplace_back("--project-name");
  command.emplace_back(kProject);
  auto const& flags = settings_.containers.flags;
  command.insert(command.end(), flags.begin(), flags.end());
  command.insert(command.end(), std::make_move_iterator(words.begin()),
                 std::make_move_iterator(words.end()));
  return command;
}

std::optional<Command> ComposeCommands::get_image() const {
  if (settings_.containers.from.empty()) return std::nullopt;
  return compose({settings_.containers.from, settings_.containers.service});
}

Command ComposeCommands::image_question() const {
  return docker({"image", "inspect", "--format",
                 "{{index .Config.Labels \"org.opencontainers.image.version\"}}",
                 settings_.containers.image});
}

Command ComposeCommands::list() const {
  return docker({"ps", "--all", "--no-trunc", "--filter",
                 fmt::format("label=com.docker.compose.project={}", kProject), "--filter",
                 "label=com.docker.compose.service=" + settings_.containers.service, "--format",
                 "{{.ID}} {{.State}} {{.Image}}"});
}

Command ComposeCommands::start_green(bool shadow) const {
  return compose({"up", "-d", "--no-deps", "--no-recreate", "--scale",
                  settings_.containers.service + "=2", settings_.containers.service},
                 shadow);
}

Command ComposeCommands::start_again(std::string const& container) const {
  return docker({"start", container});
}

Command ComposeCommands::stop(std::string const& container) const {
  auto const patience = std::chrono::ceil<std::chrono::seconds>(settings_.periods.stop);
  return docker({"stop", "--time", std::to_string(patience.count()), container});
}

Command ComposeCommands::status(std::string const& container) const {
  return docker({"exec", container, "k2", "ctl", "status"});
}

Command ComposeCommands::config(std::string const& container) const {
  return docker({"exec", container, "k2", "config", "--json"});
}

Command ComposeCommands::remove(std::string const& container) const {
  return docker({"rm", "--volumes", container});
}

Command ComposeCommands::last_words(std::string const& container) const {
  return docker({"logs", "--tail", "1", container});
}

std::vector<ProofCommand> ComposeCommands::proofs(Progress const& progress, Check check,
                                                  std::string const& blue,
                                                  std::string const& green) const {
  std::vector<ProofCommand> asked;
  auto const ask = [&asked](std::string what, std::string const& container,
                            std::vector<std::string> words, std::optional<UtcTime> since,
                            std::optional<UtcTime> until) {
    Command command = docker({"exec", container, "k2", "verify"});
    command.insert(command.end(), words.begin(), words.end());
    if (since) command.push_back("--since=" + print_iso_time(*since));
    if (until) command.push_back("--until=" + print_iso_time(*until));
    command.emplace_back("--json");
    asked.push_back({.what = std::move(what), .command = std::move(command)});
  };
  if (check == Check::kRollback) {
    ask("the topic alone", blue, {"--kafka"}, progress.began, std::nullopt);
    return asked;
  }
  bool const whole = check == Check::kPeriod;
  // Having left the shadow topic, green has another container and a journal that begins there.
  auto const since = whole && progress.joined_at ? progress.joined_at : progress.dual_from;
  std::vector<std::string> const other = settings_.shadow() && !whole
                                             ? std::vector{"--kafka-topic=" + settings_.topic.name}
                                             : std::vector<std::string>{};
  auto const topic = [&other](std::vector<std::string> words) {
    words.insert(words.end(), other.begin(), other.end());
    return words;
  };
  ask("green's journal alone", green, {}, since, std::nullopt);
  ask("the topic against green's journal", green, topic({"--kafka", "--against=/data"}), since,
      whole ? progress.validated_until : progress.dual_until);
  if (settings_.shadow() && !whole) {
    ask("the topic against the shadow topic", green,
        topic({"--kafka", "--against-topic=" + settings_.topic.shadow}), since,
        progress.dual_until);
  }
  ask("the topic alone", green, topic({"--kafka"}), progress.dual_from, std::nullopt);
  return asked;
}

Result<Topic> read_topic(std::string_view config) {
  // Docker mixes standard error into the output, so warnings can precede and follow the object.
  auto const begin = std::min(config.find('{'), config.size());
  auto const end_of_object = config.rfind('}');
  auto const size = end_of_object == config.npos ? 0 : end_of_object + 1 - begin;
  auto const json = nlohmann::json::parse(config.substr(begin, size), nullptr, false);
  auto const text = [&json](char const* key) {
    auto const found = json.is_object() ? json.find(key) : json.end();
    if (found == json.end() || !found->is_object()) return std::string{};
    auto const value = found->find("value");
    return value != found->end() && value->is_string() ? value->get<std::string>() : std::string{};
  };
  Topic topic{.name = text("kafka.topic"), .partitions = 0, .shadow = {}, .blue_is_warm = false};
  auto const partitions = text("kafka.partitions");
  auto const [end, failure] =
      std::from_chars(partitions.data(), partitions.data() + partitions.size(), topic.partitions);
  if (topic.name.empty() || failure != std::errc{} || topic.partitions < 1) {
    return Error{Errc::kDataCorrupt, "`k2 config --json` of the running service has no topic"};
  }
  if (text("sink") != "kafka") {
    return Error{Errc::kConfigInvalid, "the running service does not deliver into Kafka"};
  }
  topic.blue_is_warm = text("kafka.standby") == "warm";
  return topic;
}

std::vector<Container> read_containers(std::string_view output) {
  std::vector<Container> containers;
  while (!output.empty()) {
    auto const end = output.find('\n');
    std::string_view const line = output.substr(0, end);
    output = end == std::string_view::npos ? std::string_view{} : output.substr(end + 1);
    auto const first = line.find(' ');
    auto const second = line.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    containers.push_back({.id = std::string{line.substr(0, first)},
                          .running = line.substr(first + 1, second - first - 1) == "running",
                          .image = std::string{line.substr(second + 1)}});
  }
  return containers;
}

}  // namespace k2::deploy
