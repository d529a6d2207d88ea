#include "app/checks.hpp"
#include "io/kafka_handle.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_probe.hpp"
#include "io/kafka_topics.hpp"
#include "io/schema_registry.hpp"
#include "sink/notice_schemas.hpp"
#include "sink/partition_count.hpp"
#include "sink/trade_schema.hpp"
#include "tools/check/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

namespace k2::app {
namespace {

using check::Finding;
using check::Findings;

constexpr std::chrono::seconds kPatience{10};

rd_kafka_metadata_topic_t const* find_topic(rd_kafka_metadata_t const& metadata,
                                            std::string const& name) {
  std::span const topics{metadata.topics, static_cast<std::size_t>(metadata.topic_cnt)};
  auto const found =
      std::ranges::find_if(topics, [&](auto const& topic) { return name == topic.topic; });
  return found == topics.end() ? nullptr : &*found;
}

Finding check_copies(rd_kafka_metadata_t const& metadata, rd_kafka_metadata_topic_t const& topic) {
  check::Copies copies{.topic = topic.topic,
                       .brokers = metadata.broker_cnt,
                       .replicas = metadata.broker_cnt,
                       .in_sync = metadata.broker_cnt};
  for (auto const& partition :
       std::span{topic.partitions, static_cast<std::size_t>(topic.partition_cnt)}) {
    copies.replicas = std::min(copies.replicas, partition.replica_cnt);
    copies.in_sync = std::min(copies.in_sync, partition.isr_cnt);
  }
  return check::judge_copies(copies);
}

/// Judges the topic's retention; adds no finding when the brokers do not show it or no retention is
/// configured.
void check_retention(rd_kafka_t* client, io::KafkaOptions const& options, Findings& findings) {
  if (!options.trades_retention) return;
  auto const kept = io::read_retention(client, options.topic);
  if (!kept || !*kept) return;
  findings.push_back(check::judge_retention(
      {.topic = options.topic, .kept = **kept, .wanted = *options.trades_retention}));
}

/// Compares kafka.partitions with the number that the topic was first delivered with.
Finding check_partitions(io::KafkaOptions const& options) {
  std::string const subject = "kafka.partitions";
  auto const until = std::chrono::steady_clock::now() + kPatience;
  auto const book = io::read_placed_positions(
      options, [until] { return std::chrono::steady_clock::now() >= until; });
  if (!book) return check::failed(subject, book.error());
  auto const fits = sink::check_partition_count(*book, options.topic, options.partitions);
  if (!fits) return check::failed(subject, fits.error());
  return {.subject = subject,
          .seen = book->symbols().empty() ? "nothing was delivered yet"
                                          : "as the topic was first delivered with"};
}

/// Topics that are there, as they are; true in `whole` when both are and K2 can use them.
Findings check_topics(rd_kafka_t* client, rd_kafka_metadata_t const& metadata,
                      io::KafkaOptions const& options, bool& whole) {
  std::string const subject = "topic " + options.topic;
  auto const* const trades = find_topic(metadata, options.topic);
  auto const* const positions = find_topic(metadata, options.positions_topic());
  whole = false;
  if (options.create_topics && trades == nullptr && positions == nullptr) {
    return {{.subject = subject, .seen = "not there yet; K2 creates it at its start"}};
  }
  if (auto const ready = io::check_topics(client, options); !ready) {
    return {check::failed(subject, ready.error())};
  }
  whole = trades != nullptr && positions != nullptr;
  Findings findings{
      {.subject = subject,
       .seen = fmt::format("{} partitions and cleanup policy, as they must be, and so has {}",
                           options.partitions, options.positions_topic())}};
  if (trades != nullptr) {
    findings.push_back(check_copies(metadata, *trades));
    check_retention(client, options, findings);
  }
  if (positions != nullptr) findings.push_back(check_copies(metadata, *positions));
  if (whole) findings.push_back(check_partitions(options));
  return findings;
}

Finding right(std::string subject, Result<void> const& held) {
  if (!held) return check::failed(std::move(subject), held.error());
  return {.subject = std::move(subject), .seen = "granted"};
}

Findings check_rights(io::KafkaOptions const& options, bool topics_there) {
  Findings findings;
  if (options.transactions) {
    findings.push_back(right("right to transactions", io::probe_transactions(options)));
  }
  if (topics_there) {
    findings.push_back(right("right to the group " + options.group(), io::probe_group(options)));
    findings.push_back(right("right to read positions", io::probe_positions(options)));
  }
  return findings;
}

Finding check_schema(io::KafkaOptions const& options, std::string const& subject,
                     std::string_view schema, io::KnownSchemas const& known) {
  auto const seen = io::view_schema(options.registry, subject, schema);
  if (seen) {
    return check::judge_schema(
        {.subject = subject, .id = seen->id, .fits = seen->fits, .why = seen->why});
  }
  Finding finding = check::failed("schema " + subject, seen.error());
  auto const id = known.find(subject, schema);
  if (id >= 0 && seen.error().code != Errc::kRegistryRefused) {
    finding.grade = check::Grade::kWarn;
    finding.remedy = fmt::format("delivery continues with id {}, as read earlier", id);
  }
  return finding;
}

Findings check_registry(io::KafkaOptions const& options, std::filesystem::path const& data_dir) {
  io::KnownSchemas const known{data_dir, options.registry.url};
  Findings findings;
  for (auto const& [topic, schema] : {std::pair{options.topic, sink::trade_schema()},
                                      {options.gaps_topic(), sink::gap_schema()},
                                      {options.letters_topic(), sink::dead_letter_schema()}}) {
    findings.push_back(check_schema(options, io::KafkaOptions::subject(topic), schema, known));
  }
  return findings;
}

}  // namespace

Findings check_kafka(io::KafkaOptions const& options, std::filesystem::path const& data_dir) {
  std::string const brokers = "brokers " + options.bootstrap_servers;
  Findings findings;
  auto const client = io::make_kafka(RD_KAFKA_PRODUCER, options, {});
  if (!client) return {check::failed(brokers, client.error())};
  if (auto const metadata = io::read_metadata(client->get(), options, kPatience); !metadata) {
    findings.push_back(check::failed(brokers, metadata.error()));
  } else {
    findings.push_back(
        {.subject = brokers, .seen = fmt::format("{} answer", (*metadata)->broker_cnt)});
    bool whole = false;
    for (Finding& one : check_topics(client->get(), **metadata, options, whole)) {
      findings.push_back(std::move(one));
    }
    for (Finding& one : check_rights(options, whole)) findings.push_back(std::move(one));
  }
  for (Finding& one : check_registry(options, data_dir)) findings.push_back(std::move(one));
  return findings;
}

}  // namespace k2::app
