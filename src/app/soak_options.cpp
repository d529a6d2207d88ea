#include "app/soak_options.hpp"

#include "app/version.hpp"
#include "io/child_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace k2::app {
namespace {

/// The settings that the soak itself passes to the stream.
constexpr std::array<std::string_view, 7> kOwn{"binance.symbols",
                                               "data_dir",
                                               "binance.connection_max_lifetime_hours",
                                               "binance.ping_interval_seconds",
                                               "binance.ping_timeout_seconds",
                                               "binance.health_check_timeout_seconds",
                                               "log.format"};
constexpr std::array<std::string_view, 3> kOwnWithSim{"binance.stream_url", "binance.rest_url",
                                                      "binance.custom_ca_bundle"};
constexpr std::array<std::string_view, 2> kOwnCompressed{"allow_drills",
                                                         "memory.sample_interval_seconds"};
constexpr std::array<std::string_view, 3> kOfVerify{"kafka.bootstrap_servers", "kafka.topic",
                                                    "kafka.librdkafka"};

bool is_among(std::span<std::string_view const> keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

std::string flag_text(std::string const& key, std::string const& value) {
  Setting const& setting = *find_setting(all_settings(), key);
  // A switch that is off by default takes no value.
  bool const is_switch = setting.kind == Kind::kBool && setting.fallback == "false";
  return is_switch ? setting.flag() : setting.flag() + "=" + value;
}

/// Command lines are visible in the list of processes and in the soak's report, so no secret may be
/// part of one.
bool is_secret(Config const& config, std::string_view key) {
  return holds_secret(*find_setting(all_settings(), key), config.at(key).value);
}

/// Secrets that were given as flags here reach the other processes by the environment.
void hand_on_secrets(Flags const& flags, Config const& config) {
  for (auto const& [key, value] : flags.settings) {
    if (!is_secret(config, key)) continue;
    (void)::setenv(find_setting(all_settings(), key)->env().c_str(), value.c_str(), 1);
  }
}

/// The flags that were given here, for the process that they are meant for.
template <class Wanted>
std::vector<std::string> passed_on(Flags const& flags, Wanted wanted) {
  std::vector<std::string> passed;
  if (!flags.config_file.empty()) {
    passed.push_back("--config=" + std::filesystem::absolute(flags.config_file).string());
  }
  for (auto const& [key, value] : flags.settings) {
    if (wanted(key)) passed.push_back(flag_text(key, value));
  }
  return passed;
}

soak::Periods system_periods(Config const& config) {
  auto const span = [&config](std::string_view key) {
    return config.get<std::chrono::nanoseconds>(key);
  };
  return {.rotation = span("binance.connection_max_lifetime_hours"),
          .ping = span("binance.ping_interval_seconds"),
          .ping_timeout = span("binance.ping_timeout_seconds"),
          .health_check = span("binance.health_check_timeout_seconds"),
          .memory_sample = span("memory.sample_interval_seconds")};
}

Result<void> add_symbols(Config const& config, bool sim, soak::SoakOptions& options) {
  auto const symbols = config.get_or_empty<SymbolSelection>("binance.symbols");
  if (symbols.empty() && sim) {
    options.symbols = "BTCUSDT,ETHUSDT";
    options.sim->subscribed = 2;
  } else if (symbols.empty()) {
    return Error{Errc::kConfigInvalid,
                 "there is nothing to record: name symbols, for example --symbols BTCUSDT,ETHUSDT"};
  } else if (sim && !symbols.quotes.empty()) {
    return Error{Errc::kConfigInvalid, "--sim requires symbols by name"};
  } else {
    for (Symbol const& symbol : symbols.named) {
      options.symbols += (options.symbols.empty() ? "" : ",") + std::string{symbol.text()};
    }
    if (sim) options.sim->subscribed = symbols.named.size();
  }
  return {};
}

}  // namespace

Result<soak::SoakOptions> soak_options(Flags const& flags, Config const& config,
                                       SoakFlags const& soak_flags) {
  auto plan = soak::make_plan(soak_flags.duration, soak_flags.compress, system_periods(config));
  if (!plan) return plan.error();
  if (config.get<std::string>("metrics.listen") == "off") {
    return Error{Errc::kConfigInvalid, "metrics.listen is off: the soak could see nothing"};
  }
  bool const sim = soak_flags.sim;
  bool const compressed = plan->compress > 1;
  soak::SoakOptions options;
  options.plan = *std::move(plan);
  options.folder = std::filesystem::absolute(soak_flags.folder);
  options.resume = soak_flags.resume;
  options.version = version_text();
  options.stream_program = soak_flags.stream_program.empty()
                               ? io::own_program()
                               : std::filesystem::absolute(soak_flags.stream_program).string();
  hand_on_secrets(flags, config);
  options.stream_flags = passed_on(flags, [&](std::string_view key) {
    return !is_secret(config, key) && !is_among(kOwn, key) &&
           !(sim && is_among(kOwnWithSim, key)) && !(compressed && is_among(kOwnCompressed, key));
  });
  options.data_dir = config.at("data_dir").source == Source::kDefault
                         ? options.folder / "data"
                         : std::filesystem::absolute(config.get<std::filesystem::path>("data_dir"));
  if (sim) {
    options.sim = {.rate = soak_flags.rate,
                   .seed = soak_flags.seed,
                   .faults = soak_flags.faults,
                   .faults_file = soak_flags.faults_file};
  }
  if (config.get<std::string>("sink") == "kafka") {
    options.kafka_flags = passed_on(flags, [&config](std::string_view key) {
      return !is_secret(config, key) && is_among(kOfVerify, key);
    });
  }
  if (options.resume) return options;  // the record holds what was started
  if (auto const added = add_symbols(config, sim, options); !added) return added.error();
  return options;
}

}  // namespace k2::app
