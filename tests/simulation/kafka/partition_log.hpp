// The log of one partition as its leader has it: records of producers whose epochs and sequence
// numbers are checked, markers that end transactions, and the high watermark up to which the
// replicas have everything. A marker ends all that its producer has open here, whichever
// transaction that belongs to; Kafka does so too. Pure.
#pragma once

#include "core/time.hpp"
#include "tests/simulation/kafka/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

class PartitionLog {
 public:
  /// Receives the outcome of an append: success once every in-sync replica has it.
  using Reply = std::function<void(ErrorCode)>;
  using Offset = std::size_t;

  struct Entry {
    enum class Kind : std::uint8_t { kData, kCommit, kAbort };
    enum class State : std::uint8_t { kOpen, kCommitted, kAborted };
    Kind kind = Kind::kData;
    State state = State::kOpen;
    std::int64_t producer = -1;
    std::int32_t epoch = -1;
    std::int32_t sequence = -1;
    /// The number of records that the batch beginning here has; 0 within a batch.
    std::uint32_t batch = 0;
    std::uint64_t transaction = 0;
    MonoTime appended{};
    /// The time at which the outcome arrived in this partition.
    MonoTime decided{};
    std::string key;
    std::string value;
  };

  /// Appends a batch unless a check refuses it; a repetition succeeds without being appended.
  void append(Batch const& batch, bool transactional, MonoTime now, Reply reply);
  /// Ends what the producer has open. Refused with INVALID_PRODUCER_EPOCH behind a newer epoch.
  void write_marker(std::int64_t producer, std::int32_t epoch, bool commit, MonoTime now,
                    Reply reply);
  /// True while the producer has an open transaction here.
  [[nodiscard]] bool is_open(std::int64_t producer) const;

  /// Every in-sync replica has the log up to this offset now.
  void replicated(Offset end);
  /// A new leader was elected that has the log up to this offset only. Appends that wait for
  /// replicas fail with NOT_LEADER_OR_FOLLOWER. Returns the records that were acknowledged and are
  /// lost.
  std::vector<Entry> elect(Offset end);

  [[nodiscard]] Offset end() const noexcept { return entries_.size(); }
  [[nodiscard]] Offset high_watermark() const noexcept { return high_watermark_; }
  [[nodiscard]] Offset last_stable() const noexcept;
  [[nodiscard]] Entry const& at(Offset offset) const { return entries_.at(offset); }
  /// True for what a read_committed reader sees at an offset below last_stable().
  [[nodiscard]] bool is_visible(Offset offset) const {
    Entry const& entry = entries_.at(offset);
    return entry.kind == Entry::Kind::kData && entry.state == Entry::State::kCommitted;
  }
  /// True when a read_committed reader sees anything.
  [[nodiscard]] bool has_visible() const;
  /// True while the outcome of an open transaction would decide about a record of this kind.
  [[nodiscard]] bool any_open(std::function<bool(Entry const&)> const& is_meant) const;
  /// Visits the first record of each open transaction.
  template <class Visitor>
  void visit_open(Visitor const& visit) const {
    for (auto const& [number, producer] : producers_) {
      if (producer.open_from) visit(entries_[*producer.open_from]);
    }
  }

  /// The newest visible record of each key below an offset: a compacted log. Advances on request,
  /// never past last_stable().
  struct Compacted {
    Offset end = 0;
    std::map<std::string, std::string> values;
  };
  [[nodiscard]] Compacted const& compacted();

 private:
  struct Producer {
    std::int32_t epoch = -1;
    std::int32_t last_sequence = -1;
    /// The newest batches: first sequence number, last one.
    std::deque<std::pair<std::int32_t, std::int32_t>> batches;
    std::optional<Offset> open_from;
  };
  struct Waiting {
    Offset end = 0;
    Reply reply;
  };
  /// Number of batches of a producer that the broker remembers. Source: Apache Kafka,
  /// ProducerStateEntry.NUM_BATCHES_TO_RETAIN.
  static constexpr std::size_t kBatchesKept = 5;
  /// Distance from the end at which the log is compacted.
  static constexpr Offset kUncompacted = 200;

  [[nodiscard]] ErrorCode check(Batch const& batch, bool& repeated) const;
  void apply_data(Offset offset);
  void apply_marker(Offset offset, MonoTime decided);
  void rebuild();

  std::vector<Entry> entries_;
  Offset high_watermark_ = 0;
  std::map<std::int64_t, Producer> producers_;
  /// Transactions that are over, and whose marker not every replica has: first offset, marker.
  std::vector<std::pair<Offset, Offset>> unreplicated_;
  std::vector<Waiting> waiting_;
  Compacted compacted_;
};

}  // namespace k2::simulation::kafka
