#include "app/checks.hpp"
#include "io/kafka_handle.hpp"
#include "io/kafka_topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace k2::app {
namespace {

constexpr std::chrono::seconds kPatience{10};

bool has_topic(rd_kafka_metadata_t const& metadata, std::string const& name) {
  std::span const topics{metadata.topics, static_cast<std::size_t>(metadata.topic_cnt)};
  return std::ranges::any_of(topics, [&](auto const& topic) { return name == topic.topic; });
}

}  // namespace

check::Findings check_kafka(io::KafkaOptions const& options) {
  std::string const brokers = "brokers " + options.bootstrap_servers;
  auto const client = io::make_kafka(RD_KAFKA_PRODUCER, options, {});
  if (!client) return {check::failed(brokers, client.error())};
  auto const metadata = io::read_metadata(client->get(), options, kPatience);
  if (!metadata) return {check::failed(brokers, metadata.error())};
  check::Findings findings{
      {.subject = brokers, .seen = fmt::format("{} answer", (*metadata)->broker_cnt)}};
  std::string const topic = "topic " + options.topic;
  if (options.create_topics && !has_topic(**metadata, options.topic)) {
    findings.push_back({.subject = topic, .seen = "not there yet; K2 creates it at its start"});
    return findings;
  }
  if (auto const ready = io::check_topics(client->get(), options); !ready) {
    findings.push_back(check::failed(topic, ready.error()));
  } else {
    findings.push_back({.subject = topic,
                        .seen = fmt::format("{} partitions, as it must be", options.partitions)});
  }
  return findings;
}

}  // namespace k2::app
