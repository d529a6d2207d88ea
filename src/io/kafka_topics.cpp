#include "io/kafka_topics.hpp"

#include "core/duration.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

/// Replicas of a new topic, where there are as many brokers. Chosen: Kafka's own advice.
constexpr int kReplicasMax = 3;

struct Wanted {
  std::string name;
  char const* cleanup_policy;
  /// Further settings of a topic that K2 creates; else they are the brokers' own.
  std::vector<std::pair<std::string, std::string>> settings{};
};

/// A limit of bytes of the brokers would cut what the time keeps.
std::vector<std::pair<std::string, std::string>> trades_settings(KafkaOptions const& options) {
  if (!options.trades_retention) return {};
  return {{"retention.ms", fmt::format("{}", options.trades_retention->count())},
          {"retention.bytes", "-1"}};
}

std::array<Wanted, 4> wanted_topics(KafkaOptions const& options) {
  return {Wanted{options.topic, "delete", trades_settings(options)},
          // A start reads them all, and brokers compact no segment that is still written. Chosen:
          // the smallest segments that hosted brokers allow.
          Wanted{options.positions_topic(),
                 "compact",
                 {{"segment.ms", "600000"}, {"segment.bytes", "52428800"}}},
          // Gap records are few, and valid for as long as the trades are kept.
          Wanted{options.gaps_topic(), "delete", {{"retention.ms", "-1"}}},
          Wanted{options.letters_topic(), "delete"}};
}

rd_kafka_metadata_topic_t const* find_topic(rd_kafka_metadata_t const& metadata,
                                            std::string const& name) {
  std::span const topics{metadata.topics, static_cast<std::size_t>(metadata.topic_cnt)};
  auto const found =
      std::ranges::find_if(topics, [&](auto const& topic) { return name == topic.topic; });
  return found == topics.end() || found->err != RD_KAFKA_RESP_ERR_NO_ERROR ? nullptr : &*found;
}

KafkaOwned<rd_kafka_AdminOptions_t> admin_options(rd_kafka_t* handle, rd_kafka_admin_op_t what) {
  KafkaOwned<rd_kafka_AdminOptions_t> options{rd_kafka_AdminOptions_new(handle, what)};
  std::array<char, 128> why{};
  auto const timeout = static_cast<int>(kPatience.count());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, why.data(), why.size());
  if (what == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout, why.data(), why.size());
  }
  return options;
}

Result<void> create(rd_kafka_t* handle, Wanted const& wanted, int partitions, int brokers) {
  int const replicas = std::clamp(brokers, 1, kReplicasMax);
  std::array<char, 256> why{};
  KafkaOwned<rd_kafka_NewTopic_t> topic{
      rd_kafka_NewTopic_new(wanted.name.c_str(), partitions, replicas, why.data(), why.size())};
  if (!topic) return Error{Errc::kConfigInvalid, fmt::format("kafka.topic: {}", why.data())};
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", wanted.cleanup_policy);
  for (auto const& [name, value] : wanted.settings) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }

  KafkaOwned<rd_kafka_queue_t> const queue{rd_kafka_queue_new(handle)};
  auto const options = admin_options(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(handle, topics, 1, options.get(), queue.get());
  KafkaOwned<rd_kafka_event_t> const event{
      rd_kafka_queue_poll(queue.get(), static_cast<int>(2 * kPatience.count()))};
  std::string const what = "creating the topic " + wanted.name;
  if (!event) return Error{Errc::kKafkaFailed, what + ": no answer"};
  if (auto const code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(what, code, rd_kafka_event_error_string(event.get()));
  }
  std::size_t count = 0;
  auto const* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (auto const* const result : std::span{results, count}) {
    auto const code = rd_kafka_topic_result_error(result);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      log_event(LogLevel::kInfo, "kafka.topic_created",
                {{"topic", wanted.name},
                 {"partitions", partitions},
                 {"replicas", replicas},
                 {"cleanup_policy", wanted.cleanup_policy}});
      continue;
    }
    auto const* const words = rd_kafka_topic_result_error_string(result);
    return kafka_error(what, code, words != nullptr ? words : rd_kafka_err2str(code));
  }
  return {};
}

/// The value of a topic's setting; empty when the brokers do not tell.
Result<std::string> read_setting(rd_kafka_t* handle, std::string const& topic,
                                 std::string_view name) {
  KafkaOwned<rd_kafka_ConfigResource_t> const resource{
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())};
  KafkaOwned<rd_kafka_queue_t> const queue{rd_kafka_queue_new(handle)};
  auto const options = admin_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(handle, resources, 1, options.get(), queue.get());
  KafkaOwned<rd_kafka_event_t> const event{
      rd_kafka_queue_poll(queue.get(), static_cast<int>(2 * kPatience.count()))};
  std::string const what = "reading the settings of the topic " + topic;
  if (!event) return Error{Errc::kKafkaFailed, what + ": no answer"};
  if (auto const code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(what, code, rd_kafka_event_error_string(event.get()));
  }
  std::size_t count = 0;
  auto const* const found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (auto const* const one : std::span{found, count}) {
    if (auto const code = rd_kafka_ConfigResource_error(one); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto const* const words = rd_kafka_ConfigResource_error_string(one);
      // There is nothing to read of what is not there.
      if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::string{};
      return kafka_error(what, code, words != nullptr ? words : rd_kafka_err2str(code));
    }
    std::size_t entries = 0;
    auto const* const configs = rd_kafka_ConfigResource_configs(one, &entries);
    for (auto const* const entry : std::span{configs, entries}) {
      if (name != rd_kafka_ConfigEntry_name(entry)) continue;
      auto const* const value = rd_kafka_ConfigEntry_value(entry);
      return std::string{value != nullptr ? value : ""};
    }
  }
  return std::string{};
}

/// Checks for a policy that would delete positions, or all but a symbol's newest trade: a mistake
/// that an operator must correct. Without the right to read settings, the policy is assumed to be
/// right.
Result<void> check_policy(rd_kafka_t* handle, Wanted const& wanted) {
  auto const policy = read_setting(handle, wanted.name, "cleanup.policy");
  if (!policy) {
    log_event(LogLevel::kWarn, "kafka.topic_unchecked",
              {{"topic", wanted.name},
               {"error", policy.error().to_string()},
               {"action", "allow DescribeConfigs on the topic"}});
    return {};
  }
  if (policy->empty() || *policy == wanted.cleanup_policy) return {};
  return Error{
      Errc::kConfigInvalid,
      fmt::format("the topic {} has cleanup.policy={}, it must be {}: kafka-configs "
                  "--alter --entity-type topics --entity-name {} --add-config "
                  "cleanup.policy={}",
                  wanted.name, *policy, wanted.cleanup_policy, wanted.name, wanted.cleanup_policy)};
}

/// A topic that was just made is listed before it has leaders; then it is neither there nor
/// missing.
Result<KafkaOwned<rd_kafka_metadata_t const>> read_settled_metadata(rd_kafka_t* handle,
                                                                    KafkaOptions const& options) {
  auto const wanted = wanted_topics(options);
  auto const until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto metadata = read_metadata(handle, options, kPatience);
    if (!metadata) return metadata;
    std::span const topics{(*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt)};
    bool const settled = std::ranges::none_of(topics, [&](auto const& topic) {
      bool const ours =
          std::ranges::any_of(wanted, [&](Wanted const& one) { return one.name == topic.topic; });
      return ours &&
             (topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || topic.partition_cnt == 0);
    });
    if (settled || std::chrono::steady_clock::now() >= until) return metadata;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

/// Returns whether the topic holds, or held, anything.
Result<bool> was_used(rd_kafka_t* handle, rd_kafka_metadata_topic_t const& topic) {
  auto const until = std::chrono::steady_clock::now() + kPatience;
  for (int partition = 0; partition < topic.partition_cnt; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto const ask = [&] {
      return rd_kafka_query_watermark_offsets(handle, topic.topic, partition, &low, &high,
                                              static_cast<int>(kPatience.count()));
    };
    auto code = ask();
    // A topic that was just made, or moves to another broker, has no leader for a moment.
    while ((code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
            code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
      code = ask();
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error(fmt::format("querying the end of {}", topic.topic), code,
                         rd_kafka_err2str(code));
    }
    if (high > 0) return true;
  }
  return false;
}

/// Trades without positions, or these without those, were deleted: creating what is gone anew would
/// leave out, or deliver twice, what the other one tells of. Which of the two is meant only a human
/// knows.
Result<void> check_pair(rd_kafka_t* handle, rd_kafka_metadata_t const& metadata,
                        KafkaOptions const& options) {
  std::string const positions = options.positions_topic();
  auto const* const trades_topic = find_topic(metadata, options.topic);
  auto const* const positions_topic = find_topic(metadata, positions);
  bool const is_pair = (trades_topic == nullptr) == (positions_topic == nullptr);
  if (is_pair) return {};
  // A topic that K2 may not see looks like one that is gone.
  auto const seen =
      read_setting(handle, trades_topic == nullptr ? options.topic : positions, "cleanup.policy");
  if (!seen) return seen.error();
  auto const used = was_used(handle, trades_topic != nullptr ? *trades_topic : *positions_topic);
  if (!used) return used.error();
  if (!*used) return {};
  if (trades_topic == nullptr) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("the topic {0} is gone, and {1} tells what was delivered into it: "
                             "delete {1} as well to have all delivered again that the journal "
                             "holds, or create {0} yourself to continue from here",
                             options.topic, positions)};
  }
  return Error{Errc::kConfigInvalid,
               fmt::format("the topic {1} is gone, by which K2 knows what {0} holds already: "
                           "deliver into another kafka.topic, or delete {0} as well to have all "
                           "delivered again that the journal holds",
                           options.topic, positions)};
}

/// True when K2 has delivered into this topic before: positions were written.
Result<bool> was_delivered_into(rd_kafka_t* handle, rd_kafka_metadata_t const& metadata,
                                KafkaOptions const& options) {
  auto const* const positions = find_topic(metadata, options.positions_topic());
  return positions != nullptr ? was_used(handle, *positions) : Result<bool>{false};
}

/// Kafka cannot remove partitions, so those that somebody added are left alone: a symbol belongs to
/// the partition that kafka.partitions gives it, and stays there. Before the first delivery it is
/// more likely that the setting is wrong than the topic.
Result<void> check_partitions(rd_kafka_t* handle, rd_kafka_metadata_t const& metadata,
                              rd_kafka_metadata_topic_t const& topic, KafkaOptions const& options) {
  if (topic.partition_cnt == options.partitions) return {};
  auto const delivered = was_delivered_into(handle, metadata, options);
  if (!delivered) return delivered.error();
  auto const seen = fmt::format("the topic {} has {} partitions, kafka.partitions is {}",
                                topic.topic, topic.partition_cnt, options.partitions);
  if (!*delivered) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("{}, and nothing was delivered yet: set kafka.partitions = {}, the "
                             "same for all topics of {}, or create them with {} partitions",
                             seen, topic.partition_cnt, options.topic, options.partitions)};
  }
  if (topic.partition_cnt < options.partitions) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("{}: set kafka.partitions to the number that {} was first delivered "
                             "with, or deliver into another kafka.topic",
                             seen, options.topic)};
  }
  log_event_limited(LogLevel::kWarn, "kafka.partitions_added", topic.topic,
                    {{"topic", topic.topic},
                     {"partitions", topic.partition_cnt},
                     {"configured", options.partitions},
                     {"reason", "partitions_added"},
                     {"action",
                      "none: delivery uses the configured partitions, and no symbol "
                      "moves; keep kafka.partitions as it is"}});
  return {};
}

Result<void> look_at_topics(rd_kafka_t* handle, KafkaOptions const& options, bool may_create) {
  auto const metadata = read_settled_metadata(handle, options);
  if (!metadata) return metadata.error();
  if (auto const pair = check_pair(handle, **metadata, options); !pair) return pair;
  for (Wanted const& wanted : wanted_topics(options)) {
    auto const* const topic = find_topic(**metadata, wanted.name);
    if (topic == nullptr) {
      if (!options.create_topics) {
        return Error{Errc::kConfigInvalid,
                     fmt::format("the topic {} is missing: create it with {} partitions and "
                                 "cleanup.policy={}, or set kafka.create_topics = true",
                                 wanted.name, options.partitions, wanted.cleanup_policy)};
      }
      if (!may_create) continue;
      auto const created = create(handle, wanted, options.partitions, (*metadata)->broker_cnt);
      if (!created) return created;
      continue;
    }
    if (auto const fits = check_partitions(handle, **metadata, *topic, options); !fits) return fits;
    if (auto const checked = check_policy(handle, wanted); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<std::optional<std::chrono::milliseconds>> read_retention(rd_kafka_t* handle,
                                                                std::string const& topic) {
  using Retention = std::optional<std::chrono::milliseconds>;
  auto const text = read_setting(handle, topic, "retention.ms");
  if (!text) return text.error();
  std::int64_t ms = 0;
  auto const* const end = text->data() + text->size();
  auto const [read, failure] = std::from_chars(text->data(), end, ms);
  if (text->empty() || failure != std::errc{} || read != end) return Retention{};
  // Kafka's own "for good" is -1; some write the largest number that there is.
  std::chrono::milliseconds const kept{ms};
  return Retention{kept > kDurationMax ? KafkaOptions::kKeptForGood : kept};
}

Result<void> ensure_topics(rd_kafka_t* handle, KafkaOptions const& options) {
  return look_at_topics(handle, options, true);
}

Result<void> check_topics(rd_kafka_t* handle, KafkaOptions const& options) {
  return look_at_topics(handle, options, false);
}

}  // namespace k2::io
