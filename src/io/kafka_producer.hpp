// A transactional producer. Everything between begin() and commit() becomes visible to
// `read_committed` readers together, or never. Each request is one call that waits for its answer
// for half a second at most; while it has none, it returns Progress::kPending and must be called
// again. A transaction that Kafka rejected can be aborted and the next one started. After any other
// failure the owner drops the producer and opens the next one, whose epoch fences this one
// permanently. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"
#include "sink/delivery_ports.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

class KafkaProducer {
 public:
  /// `give_up` is called while produce() waits for room; true ends the wait as a failure.
  /// Errors: kConfigInvalid.
  [[nodiscard]] static Result<KafkaProducer> open(KafkaOptions const& options,
                                                  std::function<bool()> give_up);

  /// Initialises a new epoch of the transactional id: an open transaction of the predecessor is
  /// aborted, and its late requests are refused from now on.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> take_over();

  /// Errors: kKafkaFenced, kKafkaFailed.
  [[nodiscard]] Result<void> begin();
  /// Queues a record; the bytes are copied. An empty key is none.
  /// Errors: kKafkaFailed, kKafkaFenced, kTimeout.
  [[nodiscard]] Result<void> produce(sink::DeliveryTopic topic, std::int32_t partition,
                                     std::string_view key, std::string_view value);
  /// Done once the brokers have acknowledged everything that was produced.
  /// Errors: kKafkaFenced, kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> flush();
  /// Has the group coordinator confirm that the transaction comes from a current member: with
  /// `offsets` of the partitions that it touches.
  /// Errors: kKafkaFenced, kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> send_offsets(
      rd_kafka_topic_partition_list_t const& offsets,
      rd_kafka_consumer_group_metadata_t const& member);
  /// Done once everything since begin() is durable at the brokers and visible.
  /// Errors: kKafkaFenced, kKafkaFailed; the outcome is then unknown, unless can_abort().
  [[nodiscard]] Result<sink::Progress> commit();
  /// Returns true after a failure which means that nothing since begin() is or will be visible.
  [[nodiscard]] bool can_abort() const noexcept { return can_abort_; }
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> abort();
  /// True when a connection over which a broker had answered was closed since take_over(), unless
  /// it had been idle. A request that was sent over it may still reach the broker after its
  /// repetition, and the markers of an earlier commit may be missing (KAFKA-20734).
  [[nodiscard]] bool is_ambiguous() const noexcept;

  [[nodiscard]] rd_kafka_t* raw() const noexcept { return handle_.get(); }

 private:
  /// The reports of librdkafka's callbacks.
  struct Reports {
    std::uint64_t failed = 0;
    rd_kafka_resp_err_t first = RD_KAFKA_RESP_ERR_NO_ERROR;
    /// Written by librdkafka's broker threads.
    std::atomic<std::uint64_t> closed_connections{0};

    /// An abort reports what it took back.
    void forget_failures() noexcept {
      failed = 0;
      first = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
  };

  KafkaProducer(bool transactions, std::function<bool()> give_up)
      : transactions_(transactions), give_up_(std::move(give_up)) {}
  static int close_socket(int socket, void* opaque);
  [[nodiscard]] Error error_of(std::string_view what, rd_kafka_error_t const* error) const;
  [[nodiscard]] Result<sink::Progress> progress_of(std::string_view what, rd_kafka_error_t* error);
  [[nodiscard]] Error failed_produce(rd_kafka_resp_err_t code);
  [[nodiscard]] Error failed_flush();
  [[nodiscard]] Result<rd_kafka_topic_t*> topic_of(sink::DeliveryTopic topic);

  bool transactions_;
  bool can_abort_ = false;
  std::function<bool()> give_up_;
  std::unique_ptr<Reports> reports_ = std::make_unique<Reports>();
  KafkaHandle handle_;
  std::array<std::string, sink::kDeliveryTopics> names_;
  KafkaOwned<rd_kafka_topic_t> topics_[sink::kDeliveryTopics];
};

/// Repeats a request until it is done, for callers that have nothing else to do.
/// Errors: those of the request; kTimeout when `give_up` returns true.
[[nodiscard]] Result<void> repeat_while_pending(
    std::function<Result<sink::Progress>()> const& request, std::function<bool()> const& give_up);

}  // namespace k2::io
