// The options of delivery into Kafka: one struct for the follower and all that it opens.
#pragma once

#include "sink/delivery_ports.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace k2::io {

struct RegistryOptions {
  /// http(s)://[user:password@]host[:port][/path], without a slash at the end.
  std::string url;
  /// PEM file of authorities trusted besides the system's; empty for none.
  std::string custom_ca_bundle{};
  std::chrono::milliseconds timeout{10'000};
};

struct KafkaOptions {
  std::string bootstrap_servers;
  std::string topic;
  /// The name of this process at the brokers: its journal's name, or its purpose.
  std::string process = "client";
  /// Partitions of the topic when K2 creates it, and the required number otherwise.
  std::int32_t partitions = 12;
  bool create_topics = true;
  /// Retention of a topic of trades that K2 creates, kKeptForGood for no limit; empty leaves it to
  /// the brokers.
  std::optional<std::chrono::milliseconds> trades_retention = kKeptForGood;
  /// Source: Kafka, retention.ms.
  static constexpr std::chrono::milliseconds kKeptForGood{-1};
  /// Records all selected symbols, also those that another process delivers.
  bool warm_standby = false;
  /// Exactly once; false is at least once: no transactions, lower latency.
  bool transactions = true;
  /// Maximum time that records wait to be committed together.
  std::chrono::milliseconds commit_interval{50};
  /// Maximum number of records of a transaction. Chosen: four megabytes, far below any limit of a
  /// transaction; half as many are a quarter slower when much waits.
  std::uint64_t commit_records_max = 40'000;
  std::string compression = "lz4";
  /// Settings of librdkafka, by its own names; they win over K2's.
  std::vector<std::pair<std::string, std::string>> librdkafka{};
  RegistryOptions registry{};
  std::size_t serializer_cache_max = 10;

  /// The consumer group that shares the topic's partitions out; also how names of transactions
  /// begin.
  [[nodiscard]] std::string group() const { return "k2-" + topic; }
  [[nodiscard]] std::string positions_topic() const { return topic + ".positions"; }
  [[nodiscard]] std::string gaps_topic() const { return topic + ".gaps"; }
  [[nodiscard]] std::string letters_topic() const { return topic + ".invalid"; }
  [[nodiscard]] std::string name_of(sink::DeliveryTopic which) const {
    switch (which) {
      case sink::DeliveryTopic::kTrades:
        return topic;
      case sink::DeliveryTopic::kPositions:
        return positions_topic();
      case sink::DeliveryTopic::kGaps:
        return gaps_topic();
      case sink::DeliveryTopic::kDeadLetters:
        return letters_topic();
    }
    return topic;
  }
  /// Returns the subject under which a registry keeps the schema of a topic.
  /// Source: TopicNameStrategy of the Schema Registry.
  [[nodiscard]] static std::string subject(std::string const& topic) { return topic + "-value"; }
};

}  // namespace k2::io
