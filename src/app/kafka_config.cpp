#include "app/kafka_config.hpp"

#include "core/duration.hpp"
#include "io/kafka_handle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iostream>

namespace k2::app {
namespace {

Error invalid(Config const& config, std::string_view key, std::string const& detail) {
  return Error{Errc::kConfigInvalid,
               fmt::format("{} (from {}): {}", key, config.at(key).origin, detail)};
}

/// Errors: kConfigInvalid.
Result<std::optional<std::chrono::milliseconds>> trades_retention(Config const& config) {
  using Retention = std::optional<std::chrono::milliseconds>;
  auto const& text = config.get<std::string>("kafka.trades_retention");
  if (text == "broker") return Retention{};
  if (text == "unlimited") return Retention{io::KafkaOptions::kKeptForGood};
  auto const time = parse_duration(text, std::chrono::hours{24});
  if (time && *time >= std::chrono::minutes{1}) {
    return Retention{std::chrono::ceil<std::chrono::milliseconds>(*time)};
  }
  return invalid(config, "kafka.trades_retention",
                 fmt::format("'{}' is not valid (allowed: unlimited, broker, or a time of at least "
                             "a minute such as 30d)",
                             text));
}

/// Settings of librdkafka on which K2's guarantees depend.
constexpr std::array<std::string_view, 8> kReserved{
    "transactional.id",   "enable.idempotence",  "isolation.level",
    "group.id",           "group.instance.id",   "partition.assignment.strategy",
    "enable.auto.commit", "enable.partition.eof"};

}  // namespace

Result<io::KafkaOptions> kafka_options(Config const& config) {
  io::KafkaOptions kafka;
  kafka.bootstrap_servers = config.get<std::string>("kafka.bootstrap_servers");
  kafka.topic = config.get<std::string>("kafka.topic");
  kafka.partitions = static_cast<std::int32_t>(config.get<double>("kafka.partitions"));
  kafka.create_topics = config.get<bool>("kafka.create_topics");
  auto const retention = trades_retention(config);
  if (!retention) return retention.error();
  kafka.trades_retention = *retention;
  kafka.transactions = config.get<std::string>("kafka.delivery") == "exactly_once";
  kafka.warm_standby = config.get<std::string>("kafka.standby") == "warm";
  kafka.commit_interval = std::chrono::ceil<std::chrono::milliseconds>(
      config.get<std::chrono::nanoseconds>("kafka.commit_interval_ms"));
  kafka.commit_records_max =
      static_cast<std::uint64_t>(config.get<double>("kafka.commit_records_max"));
  kafka.compression = config.get<std::string>("kafka.compression");
  kafka.registry.url = config.get<std::string>("kafka.schema_registry_url");
  if (!kafka.registry.url.starts_with("http://") && !kafka.registry.url.starts_with("https://")) {
    return invalid(config, "kafka.schema_registry_url", "it must begin with http:// or https://");
  }
  while (kafka.registry.url.ends_with('/')) kafka.registry.url.pop_back();
  kafka.registry.custom_ca_bundle =
      config.get_or_empty<std::filesystem::path>("kafka.schema_registry_ca").string();
  kafka.serializer_cache_max =
      static_cast<std::size_t>(config.get<double>("serializer_cache_max_size"));
  for (auto const& [name, text] : config.get_or_empty<NamedTexts>("kafka.librdkafka")) {
    if (std::ranges::find(kReserved, name) != kReserved.end()) {
      return invalid(config, "kafka.librdkafka",
                     fmt::format("{} is K2's to set; leave it out", name));
    }
    if (auto const known = io::check_kafka_setting(name, text); !known) {
      return invalid(config, "kafka.librdkafka", known.error().detail);
    }
    kafka.librdkafka.emplace_back(name, text);
  }
  return kafka;
}

std::shared_ptr<Flags> add_store_flags(CLI::App& command) {
  return add_setting_flags(
      command, {"data_dir", "kafka.bootstrap_servers", "kafka.topic", "kafka.librdkafka"});
}

std::optional<io::KafkaOptions> find_topic(Flags const& flags, std::string_view command) {
  auto const resolved = load_config(flags);
  if (!resolved) return std::nullopt;
  print_warnings(*resolved, command);
  auto kafka = kafka_options(resolved->config);
  if (kafka) return *std::move(kafka);
  std::cerr << command << ": " << kafka.error().detail << '\n';
  return std::nullopt;
}

}  // namespace k2::app
