// The progress of delivery into Kafka: written by the thread that delivers, read by any.
#pragma once

#include "core/histogram.hpp"
#include "core/time.hpp"
#include "sink/delivery.hpp"
#include "sink/serializer_cache.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace k2::io {

/// A moment old, each number whole in itself.
struct KafkaStatus {
  /// Records of the journal below it are committed in the topic, as far as this process delivers
  /// them.
  std::uint64_t delivered_sequence = 0;
  /// The journal is needed from here on. 0 while that is not known.
  std::uint64_t needed_sequence = 0;
  std::uint64_t produced = 0;
  std::uint64_t commits = 0;
  std::uint64_t failures = 0;
  std::uint64_t serializers = 0;
  std::uint64_t evictions = 0;
  std::uint64_t rebalances = 0;
  std::uint64_t aborts = 0;
  /// Producers that were replaced because a connection closed.
  std::uint64_t producers_replaced = 0;
  /// The number of records that the next transaction may take.
  std::uint64_t transaction_limit = 0;
  /// Ranges of missing ids that were given up for lack of room.
  std::uint64_t given_up = 0;
  /// Partitions beyond kafka.partitions that the group assigned to this process.
  std::uint64_t surplus = 0;
  /// True from a failure to the next commit.
  bool failing = false;
  /// The group has fenced this process, which is about to rejoin.
  bool fenced = false;
  /// The group has accepted this process and not fenced it.
  bool member = false;
  /// The partitions that this process delivers, ascending.
  std::vector<std::int32_t> owned;
  /// Time since the last loop of the thread, which also runs when there is nothing to do.
  std::chrono::nanoseconds turned{};
  /// Time from the receipt of a trade until it was committed.
  Histogram receive_to_commit;
};

/// Logs ids that the topic will lack for good.
void log_given_up(std::span<sink::GivenUpIds const> given_up);
/// Logs ids that are fetched from the exchange again.
void log_lost_ids(std::span<sink::SymbolIds const> lost);

class KafkaProgress {
 public:
  /// All but `turned`.
  [[nodiscard]] KafkaStatus status() const;
  [[nodiscard]] std::uint64_t delivered_sequence() const noexcept {
    return delivered_sequence_.load(std::memory_order_acquire);
  }

  void note_delivered(std::uint64_t sequence) noexcept {
    delivered_sequence_.store(sequence, std::memory_order_release);
  }
  void note_needed(std::uint64_t sequence) noexcept {
    needed_sequence_.store(sequence, std::memory_order_relaxed);
  }
  /// A transaction with trades that were received then. True when it is the first after failures.
  [[nodiscard]] bool note_committed(std::span<UtcTime const> received, UtcTime now);
  void note_aborted() noexcept { aborts_.fetch_add(1, std::memory_order_relaxed); }
  void note_producer_replaced() noexcept { replaced_.fetch_add(1, std::memory_order_relaxed); }
  void note_transaction_limit(std::uint64_t records) noexcept {
    transaction_limit_.store(records, std::memory_order_relaxed);
  }
  void note_failure() noexcept;
  void note_surplus(std::uint64_t partitions) noexcept {
    surplus_.store(partitions, std::memory_order_relaxed);
  }
  void note_serializers(sink::SerializerCache const& cache) noexcept;
  void note_ownership(sink::Delivery const& delivery);

 private:
  std::atomic<std::uint64_t> delivered_sequence_{0};
  std::atomic<std::uint64_t> needed_sequence_{0};
  std::atomic<std::uint64_t> produced_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> cached_{0};
  std::atomic<std::uint64_t> evictions_{0};
  std::atomic<std::uint64_t> rebalances_{0};
  std::atomic<std::uint64_t> aborts_{0};
  std::atomic<std::uint64_t> replaced_{0};
  std::atomic<std::uint64_t> transaction_limit_{0};
  std::atomic<std::uint64_t> surplus_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::atomic<bool> failing_{false};
  std::atomic<bool> fenced_{false};
  std::atomic<bool> member_{false};

  mutable std::mutex mutex_;  // of what follows
  std::vector<std::int32_t> owned_;
  Histogram receive_to_commit_;
};

}  // namespace k2::io
