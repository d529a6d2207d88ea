#include "app/kafka_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>

namespace k2::app {
namespace {

Error invalid(Config const& config, std::string_view key, std::string const& detail) {
  return Error{Errc::kConfigInvalid,
               fmt::format("{} (from {}): {}", key, config.at(key).origin, detail)};
}

/// Settings of librdkafka that K2's promises stand on.
constexpr std::array<std::string_view, 6> kReserved{"transactional.id",   "enable.idempotence",
                                                    "isolation.level",    "group.id",
                                                    "enable.auto.commit", "enable.partition.eof"};

}  // namespace

Result<io::KafkaOptions> kafka_options(Config const& config) {
  io::KafkaOptions kafka;
  kafka.bootstrap_servers = config.get<std::string>("kafka.bootstrap_servers");
  kafka.topic = config.get<std::string>("kafka.topic");
  kafka.partitions = static_cast<std::int32_t>(config.get<double>("kafka.partitions"));
  kafka.create_topics = config.get<bool>("kafka.create_topics");
  kafka.transactions = config.get<std::string>("kafka.delivery") == "exactly_once";
  kafka.commit_interval = std::chrono::ceil<std::chrono::milliseconds>(
      config.get<std::chrono::nanoseconds>("kafka.commit_interval_ms"));
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
  auto const extra = config.get_or_empty<std::string>("kafka.librdkafka");
  for (std::string_view const entry : split_list(extra)) {
    auto const middle = entry.find('=');
    if (middle == 0 || middle == std::string_view::npos) {
      return invalid(config, "kafka.librdkafka", "write name=value,name=value");
    }
    auto const name = entry.substr(0, middle);
    if (std::ranges::find(kReserved, name) != kReserved.end()) {
      return invalid(config, "kafka.librdkafka",
                     fmt::format("{} is K2's to set; leave it out", name));
    }
    kafka.librdkafka.emplace_back(name, entry.substr(middle + 1));
  }
  return kafka;
}

}  // namespace k2::app
