// This process in the consumer group of the positions topic. The group assigns the partitions, and
// a process delivers the symbols of its partitions. Nothing is consumed through it. Assignments and
// revocations are reported by poll(), on the caller's thread and at no other time. It is a static
// member named after its journal: one that restarts within a session's time has its partitions
// immediately. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"
#include "sink/delivery_ports.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace k2::io {

class KafkaGroup {
 public:
  /// Begins to join; the topics must be there.
  /// Errors: kConfigInvalid, kKafkaFailed.
  [[nodiscard]] static Result<KafkaGroup> join(KafkaOptions const& options);
  ~KafkaGroup();
  KafkaGroup(KafkaGroup&&) noexcept = default;
  KafkaGroup& operator=(KafkaGroup&&) noexcept = delete;

  /// Appends what has changed; waits for `patience` when nothing has. What is taken away is
  /// released by the call: whatever was under way for it must have ended.
  /// Errors: kKafkaFailed, which changes nothing: the group keeps trying, unless it is_over().
  [[nodiscard]] Result<void> poll(std::chrono::milliseconds patience,
                                  std::vector<sink::GroupChange>& out);
  /// True after a failure that ends this membership: it is to be joined anew.
  [[nodiscard]] bool is_over() const noexcept;

  /// Returns how many partitions beyond `kafka.partitions` the group has assigned to this process.
  /// Somebody added them to the positions topic. No symbol belongs to them, poll() does not report
  /// them, and nothing is delivered into them.
  [[nodiscard]] std::size_t surplus() const noexcept { return state_->surplus.size(); }

  /// Returns the state of the transactions that commit offsets of one of these partitions.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<sink::GroupTransactions> transactions(
      std::set<std::int32_t> const& partitions, std::chrono::milliseconds patience);

  /// Returns the offsets for a transaction that touches these partitions.
  [[nodiscard]] KafkaOwned<rd_kafka_topic_partition_list_t> offsets(
      std::span<std::int32_t const> partitions) const;
  [[nodiscard]] KafkaOwned<rd_kafka_consumer_group_metadata_t> member() const;

  /// Tells the group that the others may take over; waits for at most `patience`.
  void leave(std::chrono::nanoseconds patience);

 private:
  struct State {
    std::string topic;
    std::int32_t partitions = 0;
    std::vector<sink::GroupChange> changes;
    std::set<std::int32_t> surplus;
  };
  static void note_surplus(State& state, sink::GroupChange& change);
  KafkaGroup() : state_(std::make_unique<State>()) {}
  [[nodiscard]] bool brokers_answer();
  void unsubscribe(std::chrono::steady_clock::time_point until);
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);

  std::unique_ptr<State> state_;
  KafkaHandle handle_;
};

}  // namespace k2::io
