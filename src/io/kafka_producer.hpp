// One life of a producer: everything between begin() and commit() becomes visible to
// `read_committed` readers together, or never. A transaction that Kafka refused can be aborted and
// the next one begun; after any other failure its owner drops the producer and opens the next,
// which aborts what this one left open and fences it off for good. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

enum class KafkaTopic : std::uint8_t { kTrades, kPositions, kGaps, kLetters };
inline constexpr std::size_t kKafkaTopics = 4;

class KafkaProducer {
 public:
  /// `give_up` is asked whenever the brokers keep us waiting; true ends the wait as a failure.
  /// Errors: kConfigInvalid.
  [[nodiscard]] static Result<KafkaProducer> open(KafkaOptions const& options,
                                                  std::function<bool()> give_up);

  /// Becomes the only producer of its name: its predecessor's open transaction is aborted.
  /// Errors: kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> take_over();

  /// Errors: kKafkaFenced, kKafkaFailed.
  [[nodiscard]] Result<void> begin();
  /// Queues a record; the bytes are copied. An empty key is none.
  /// Errors: kKafkaFailed, kKafkaFenced, kTimeout.
  [[nodiscard]] Result<void> produce(KafkaTopic topic, std::int32_t partition, std::string_view key,
                                     std::string_view value);
  /// Returns when all that was produced is durable where there are no transactions, so that what
  /// is produced after it may speak of it; at once where there are.
  /// Errors: kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> seal();
  /// Has the group confirm that the transaction comes from a member in good standing: with
  /// `offsets` of the partitions that it touches.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> vouch(rd_kafka_topic_partition_list_t const& offsets,
                                   rd_kafka_consumer_group_metadata_t const& member);
  /// Returns when everything since begin() is durable at the brokers and visible.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout; whether it is visible is then unknown, unless
  /// it can be aborted.
  [[nodiscard]] Result<void> commit();
  /// True after a failure that says that nothing since begin() is or will be visible.
  [[nodiscard]] bool can_abort() const noexcept { return can_abort_; }
  /// Errors: kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> abort();
  /// True when a connection to a broker has broken since this producer took over or aborted: what
  /// was committed before may not have reached all partitions, and a further commit or abort would
  /// decide about that (KAFKA-20734). To be asked once the group has vouched: it does so only when
  /// the transaction before counts as over.
  [[nodiscard]] bool is_in_doubt();
  /// Returns when all that was produced is at the brokers.
  /// Errors: kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> flush();

  [[nodiscard]] rd_kafka_t* raw() const noexcept { return handle_.get(); }

 private:
  /// What was called back.
  struct Reports {
    std::uint64_t failed = 0;
    rd_kafka_resp_err_t first = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool broken = false;

    /// An abort reports what it took back.
    void forget_failures() noexcept {
      failed = 0;
      first = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
  };

  KafkaProducer(bool transactions, std::function<bool()> give_up)
      : transactions_(transactions), give_up_(std::move(give_up)) {}
  [[nodiscard]] Error error_of(std::string_view what, rd_kafka_error_t const* error) const;
  /// Repeats `step` while the brokers ask for patience.
  template <class Step>
  [[nodiscard]] Result<void> insist(std::string_view what, Step const& step);
  [[nodiscard]] Error failed_produce(rd_kafka_resp_err_t code);

  bool transactions_;
  bool can_abort_ = false;
  std::function<bool()> give_up_;
  std::unique_ptr<Reports> reports_ = std::make_unique<Reports>();
  KafkaHandle handle_;
  KafkaOwned<rd_kafka_topic_t> topics_[kKafkaTopics];
};

}  // namespace k2::io
