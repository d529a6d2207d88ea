// librdkafka's handles behind unique_ptr, and its failures as Error. All other code that uses Kafka
// is based on it.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"

#include <librdkafka/rdkafka.h>

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace k2::io {

struct KafkaDeleter {
  void operator()(rd_kafka_t* handle) const noexcept;
  void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_conf_t* settings) const noexcept { rd_kafka_conf_destroy(settings); }
  void operator()(rd_kafka_consumer_group_metadata_t* metadata) const noexcept {
    rd_kafka_consumer_group_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_metadata_t const* metadata) const noexcept {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_topic_partition_list_t* list) const noexcept {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const noexcept { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_AdminOptions_t* options) const noexcept {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_ConfigResource_t* resource) const noexcept {
    rd_kafka_ConfigResource_destroy(resource);
  }
};
template <class T>
using KafkaOwned = std::unique_ptr<T, KafkaDeleter>;
using KafkaHandle = KafkaOwned<rd_kafka_t>;

using KafkaSettings = std::initializer_list<std::pair<char const*, std::string_view>>;

/// The callbacks of a client, with `opaque`.
struct KafkaCallbacks {
  /// Called for each message that was delivered or lost.
  void (*reports)(rd_kafka_t*, rd_kafka_message_t const*, void*) = nullptr;
  /// Called for each change of a group's assignment.
  void (*rebalance)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                    void*) = nullptr;
  /// Called for each socket that is to be closed; closes it.
  int (*close_socket)(int, void*) = nullptr;
  void* opaque = nullptr;
};

/// Receives a client's errors that have no callback.
void on_kafka_error(rd_kafka_t* handle, int number, char const* reason, void* opaque);

/// A client with these settings, empty ones left out, below those of the options.
/// Errors: kConfigInvalid, naming the setting of librdkafka and its complaint.
[[nodiscard]] Result<KafkaHandle> make_kafka(rd_kafka_type_t type, KafkaOptions const& options,
                                             KafkaSettings settings,
                                             KafkaCallbacks const& callbacks = {});

/// Checks that librdkafka knows the setting and accepts the value.
/// Errors: kConfigInvalid with its words.
[[nodiscard]] Result<void> check_kafka_setting(std::string const& name, std::string const& value);

/// Returns kKafkaFenced when Kafka has fenced this process, by another producer of its name or by
/// the group; otherwise kKafkaFailed. "what: librdkafka's text".
[[nodiscard]] Error kafka_error(std::string_view what, rd_kafka_resp_err_t code,
                                std::string_view words);

/// All that the brokers have and are. Waits for at most `timeout`.
/// Errors: kKafkaFailed with the remedy when no broker answers, or immediately when one refuses the
/// login or TLS fails.
[[nodiscard]] Result<KafkaOwned<rd_kafka_metadata_t const>> read_metadata(
    rd_kafka_t* handle, KafkaOptions const& options, std::chrono::milliseconds timeout);

}  // namespace k2::io
