#include "app/deploy_options.hpp"

#include "app/flags.hpp"
#include "app/version.hpp"
#include "core/duration.hpp"
#include "io/child_process.hpp"
#include "io/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>

namespace k2::app {
namespace {

Error invalid(std::string const& detail) {
  return Error{Errc::kConfigInvalid, detail};
}

/// The properties of the stream that runs with this file.
struct Side {
  deploy::Instance instance;
  std::string sink;
  std::string topic;
  int partitions = 0;
  bool warm = false;
  std::string listen;
};

Result<Side> read_side(std::string const& name, std::string const& config_file,
                       std::string const& program) {
  if (config_file.empty()) return invalid(fmt::format("--{}-config is missing", name));
  std::filesystem::path const path = std::filesystem::absolute(config_file);
  auto const resolved = read_config({.settings = {}, .config_file = path.string()});
  if (!resolved.problems.empty()) {
    return invalid(fmt::format("{}: {}", path.string(), resolved.problems.front()));
  }
  Config const& config = resolved.config;
  return Side{.instance = {.program = program.empty() ? io::own_program()
                                                      : std::filesystem::absolute(program).string(),
                           .config = path.string(),
                           .data_dir = std::filesystem::absolute(
                                           config.get<std::filesystem::path>("data_dir"))
                                           .lexically_normal()
                                           .string()},
              .sink = config.get<std::string>("sink"),
              .topic = config.get<std::string>("kafka.topic"),
              .partitions = static_cast<int>(config.get<double>("kafka.partitions")),
              .warm = config.get<std::string>("kafka.standby") == "warm",
              .listen = config.get<std::string>("metrics.listen")};
}

std::optional<Error> conflict(Side const& blue, Side const& green) {
  if (blue.instance.data_dir == green.instance.data_dir) {
    return invalid("blue and green have the same data_dir " + blue.instance.data_dir);
  }
  if (blue.listen == green.listen && blue.listen != "off" && !blue.listen.ends_with(":0")) {
    return invalid("blue and green have the same metrics.listen " + blue.listen);
  }
  if (blue.sink != green.sink) return invalid("blue and green have different sinks");
  if (blue.sink == "kafka" && (blue.topic != green.topic || blue.partitions != green.partitions)) {
    return invalid("blue and green have different topics");
  }
  return std::nullopt;
}

Result<deploy::Periods> read_periods(DeployFlags const& flags) {
  deploy::Periods periods;
  struct Named {
    char const* flag;
    std::string const* text;
    deploy::Span* span;
  };
  for (auto const& [flag, text, span] :
       {Named{"--ready", &flags.ready, &periods.ready}, Named{"--dual", &flags.dual, &periods.dual},
        Named{"--stop", &flags.stop, &periods.stop},
        Named{"--takeover", &flags.takeover, &periods.takeover},
        Named{"--validate", &flags.validate, &periods.validate},
        Named{"--look", &flags.look, &periods.probe},
        Named{"--settle", &flags.settle, &periods.settle},
        Named{"--grace", &flags.grace, &periods.grace}}) {
    auto const read = parse_duration(*text);
    if (!read || *read <= deploy::Span{}) {
      return invalid(fmt::format("{}: '{}' is no duration", flag, *text));
    }
    *span = *read;
  }
  return periods;
}

std::string_view fallback(std::string_view key) {
  return find_setting(all_settings(), key)->fallback;
}

/// A topic of its own each time: what another deploy left in one would have to be made up for.
std::string shadow_of(std::string_view topic) {
  auto const now = std::chrono::floor<std::chrono::seconds>(io::read_clock().utc);
  return fmt::format("{}.shadow-{:%Y%m%d-%H%M%S}", topic, now);
}

/// Blue is what runs. The topic is the default here; the running service's replaces it later.
Result<deploy::Settings> container_settings(DeployFlags const& flags) {
  if (flags.containers.image.empty()) return invalid("--green-image is missing");
  if (!flags.blue_config.empty() || !flags.green_config.empty()) {
    return invalid("config files are for --runtime process: compose.yml has the settings");
  }
  auto const periods = read_periods(flags);
  if (!periods) return periods.error();
  deploy::Settings settings{
      .runtime = deploy::RuntimeKind::kCompose,
      .blue = {},
      .green = {},
      .containers = flags.containers,
      .topic = {.name = std::string{fallback("kafka.topic")},
                .partitions = std::stoi(std::string{fallback("kafka.partitions")}),
                .shadow = flags.shadow ? shadow_of(fallback("kafka.topic")) : std::string{},
                .blue_is_warm = false},
      .periods = *periods,
      .limits = flags.limits,
      .prometheus = flags.prometheus,
      .version = version_text()};
  for (auto const word : split_list(flags.compose_flags, ' ')) {
    if (!word.empty()) settings.containers.flags.emplace_back(word);
  }
  return settings;
}

}  // namespace

Result<deploy::Settings> deploy_settings(DeployFlags const& flags) {
  if (flags.runtime == "compose") return container_settings(flags);
  auto const blue = read_side("blue", flags.blue_config, flags.blue_program);
  if (!blue) return blue.error();
  auto const green = read_side("green", flags.green_config, flags.green_program);
  if (!green) return green.error();
  if (auto wrong = conflict(*blue, *green)) return *std::move(wrong);
  auto const periods = read_periods(flags);
  if (!periods) return periods.error();
  deploy::Settings settings{.blue = blue->instance,
                            .green = green->instance,
                            .topic = {},
                            .periods = *periods,
                            .limits = flags.limits,
                            .prometheus = flags.prometheus,
                            .version = version_text()};
  if (blue->sink == "kafka") {
    settings.topic = {.name = blue->topic,
                      .partitions = blue->partitions,
                      .shadow = {},
                      .blue_is_warm = blue->warm};
    if (flags.shadow) settings.topic.shadow = shadow_of(blue->topic);
  } else if (flags.shadow) {
    return invalid("--shadow is for a sink of kafka: journals are apart anyway");
  }
  return settings;
}

}  // namespace k2::app
