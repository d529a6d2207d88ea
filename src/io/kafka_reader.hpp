// Reads a topic from its beginning to its end at the time of opening, as `read_committed` consumers
// see it, partition by partition in order, partitions in any mixture. Concurrent writers do not
// affect it. One thread.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "io/kafka_handle.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

/// Lives until the next one is read.
struct KafkaRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  UtcTime time{};
  std::string_view key;
  std::string_view value;
};

/// An offset of a partition.
struct KafkaPlace {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// The part of a topic that is read.
struct KafkaReading {
  std::string topic;
  /// All when empty.
  std::set<std::int32_t> partitions{};
  /// Also what transactions hold that are open now: their outcome is waited for. Otherwise reading
  /// ends before the first of them.
  bool open_transactions = false;
  /// Without the records that were written before.
  std::optional<UtcTime> since{};
  /// Begins at these offsets, by partition, instead of at the beginning.
  std::map<std::int32_t, std::int64_t> from{};
  /// True to also read the records of aborted and of open transactions.
  bool uncommitted = false;
  /// True when find_ends() must be able to find the ends of topics.
  bool finds_ends = false;
};

/// The result of KafkaReader::try_next().
enum class KafkaRead : std::uint8_t { kRecord, kNothingYet, kEnd };

class KafkaReader {
 public:
  /// `give_up` is called several times a second while nothing arrives; true ends the reading.
  /// Errors: kKafkaFailed when no broker answers, kConfigInvalid.
  [[nodiscard]] static Result<KafkaReader> open(KafkaOptions const& options, KafkaReading reading,
                                                std::function<bool()> give_up);

  /// 0 when there is no such topic, also not some seconds later.
  [[nodiscard]] int partitions() const noexcept { return static_cast<int>(ends_.size()); }
  /// Returns the number of offsets to read; transactions take some besides the records.
  [[nodiscard]] std::uint64_t offsets() const noexcept { return offsets_; }
  /// Yields the next record; false when every partition has reached its end.
  /// Errors: kKafkaFailed, kTimeout when given up.
  [[nodiscard]] Result<bool> next(KafkaRecord& out);
  /// Yields the next record if it comes within `patience`.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<KafkaRead> try_next(KafkaRecord& out, std::chrono::milliseconds patience);
  /// True while all that is left to read is behind the outcome of a transaction.
  [[nodiscard]] bool is_waiting() const noexcept {
    return !waiting_.empty() && at_end_ + waiting_.size() == ends_.size();
  }

  /// The offset up to which a partition is read.
  [[nodiscard]] std::int64_t end_of(std::int32_t partition) const {
    return first_ends_[static_cast<std::size_t>(partition)];
  }
  /// Fills in where these partitions, of whichever topics, end now. Only where open transactions
  /// are read, or `finds_ends`.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<void> find_ends(std::span<KafkaPlace> places);
  /// Up to where the outcome of every transaction is there.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<void> find_stable_ends(std::span<KafkaPlace> places);

 private:
  KafkaReader() = default;
  [[nodiscard]] Result<void> find_topic(KafkaOptions const& options);
  [[nodiscard]] Result<void> find_ends(rd_kafka_metadata_t const& metadata);
  [[nodiscard]] Result<void> find_end(rd_kafka_t* asked, std::int32_t partition);
  void note_end(std::int32_t partition);
  void nudge();
  void poll(std::chrono::milliseconds patience);
  [[nodiscard]] Result<void> find_beginnings(rd_kafka_topic_partition_list_t* list);
  void take_offsets(rd_kafka_topic_partition_list_t* list);

  KafkaReading reading_;
  std::function<bool()> give_up_;
  /// The offset at which reading ends, per partition; negative once it has been reached.
  std::vector<std::int64_t> ends_;
  std::vector<std::int64_t> first_ends_;
  std::size_t at_end_ = 0;
  /// Partitions of which nothing comes before a transaction's outcome.
  std::set<std::int32_t> waiting_;
  std::uint64_t offsets_ = 0;
  /// True if nudge() was called since the last record.
  bool nudged_ = false;
  KafkaHandle handle_;
  /// Sees the ends of open transactions; only where they are to be read.
  KafkaHandle sees_all_;
  KafkaOwned<rd_kafka_message_t> message_;
};

}  // namespace k2::io
