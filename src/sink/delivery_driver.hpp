// Drives delivery into Kafka: decides what to request next, when to retry, abort or replace the
// producer, when to seek and to load, how many records a transaction takes, and how long to wait.
// sink/delivery decides which records the topic lacks; the ports perform the requests.
//
// One transaction consists of these stages:
//   gather     records of the journal are read and those that the topic lacks are produced;
//   offsets    the group coordinator confirms this process's membership (KIP-447);
//   flush      the brokers acknowledge every record;
//   commit     the positions are produced, acknowledged and committed with the records.
// The positions come after the acknowledgement of their records, so that a commit which arrives at
// a wrong moment can never claim more than the topic holds.
//
// Brokers apply a delayed EndTxn request to whichever transaction of the same producer epoch is
// open when it arrives (KAFKA-17754). Therefore, whenever a connection has closed, a request has
// timed out or an outcome is unknown, the producer is replaced before the next transaction begins:
// the new epoch fences every request that is still on its way. The positions are then read anew.
//
// Pure: io/kafka_sink runs it on a thread, tests/simulation/kafka under virtual time.
#pragma once

#include "core/time.hpp"
#include "sink/commit_pace.hpp"
#include "sink/delivery.hpp"
#include "sink/delivery_ports.hpp"
#include "sink/hanging_sweep.hpp"
#include "sink/position_loader.hpp"
#include "sink/transaction_size.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sink {

struct DriverOptions {
  DeliveryOptions delivery;
  /// Exactly once; false is at least once.
  bool transactions = true;
  /// Time between the beginnings of two transactions.
  std::chrono::nanoseconds commit_interval = std::chrono::milliseconds{50};
  /// Maximum number of records of a transaction.
  std::uint64_t commit_records_max = 40'000;
  /// Pause after a failure; it doubles from the first value to the second.
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds{200};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{10};
};

/// A change of state that an operator can see in the log.
struct DeliveryEvent {
  enum class Kind : std::uint8_t {
    kConnected,
    kGroupChanged,
    /// The positions of partitions were read; delivery continues there.
    kPartitionsLoaded,
    /// The journal lacks records that the topic holds: a power cut or a restored copy.
    kJournalWentBack,
    /// Positions were corrected by what the topic of trades holds.
    kPositionsCorrected,
    kAbortingHangingTransactions,
    /// The producer is replaced because earlier requests may still arrive.
    kProducerReplaced,
    /// Kafka rejected the transaction because another process or producer took over.
    kFenced,
    kAborted,
    kFailed,
    /// The first commit after a failure.
    kRecovered,
  };
  Kind kind = Kind::kConnected;
  Error error{};
  GroupChange group{};
  /// Partitions that were loaded, or whose journal went back.
  std::vector<std::int32_t> partitions{};
  std::set<std::string> journals{};
  PositionBook::Corrected corrected{};
  /// The number of earlier attempts to abort the hanging transactions, all without effect.
  int earlier_attempts = 0;
  std::uint64_t next_sequence = 0;
  /// Records of the journal that are read again, and those that are not delivered yet.
  std::uint64_t went_back = 0;
  std::uint64_t behind = 0;
};

/// Receives what the driver reports.
class DeliveryObserver {
 public:
  virtual ~DeliveryObserver() = default;
  virtual void on_event(DeliveryEvent const& event) = 0;
  /// A transaction was committed; its trades were received at these times.
  virtual void on_committed(std::span<UtcTime const> received, UtcTime now) = 0;
};

/// The time that the caller may wait before the next step, and what may end the wait.
struct DriverWait {
  enum class For : std::uint8_t {
    /// The next step is due immediately.
    kNothing,
    /// New records of the journal end the wait.
    kJournal,
    /// The next transaction is not due yet; new records do not end the wait.
    kCommitTurn,
    /// The pause after a failure.
    kRetry,
  };
  For reason = For::kNothing;
  std::chrono::nanoseconds time{};
};

class DeliveryDriver {
 public:
  /// Longest time without a look at the group. Chosen: rebalances should not wait for longer.
  static constexpr std::chrono::milliseconds kIdle{250};
  /// Pause before a rejected transaction is aborted and its records are tried again.
  static constexpr std::chrono::milliseconds kRejectedPause{50};
  /// The time without partitions after which a process counts as a standby. Chosen: longer than a
  /// start of several processes and its rebalances take.
  static constexpr std::chrono::minutes kStandbyPatience{1};
  /// Time limit of a request. Chosen: less than the group waits for a member to poll
  /// (io/kafka_group).
  static constexpr std::chrono::seconds kRequestTimeout{30};
  /// Records that one step gathers at most. Chosen: some milliseconds.
  static constexpr std::uint64_t kRecordsPerStep = 5'000;

  /// The ports and the observer outlive the driver. `facts` is what the journal holds now.
  DeliveryDriver(DriverOptions options, DeliveryPorts ports, DeliveryObserver& observer,
                 JournalFacts const& facts, Now now);

  /// Continues with at most one request that may take long.
  [[nodiscard]] DriverWait step(Now now);

  /// Returns what the shard is to record, when that has changed.
  [[nodiscard]] std::optional<Recording> take_recording() { return delivery_.take_recording(); }

  /// Returns the ids that the shard is to request from the exchange again.
  [[nodiscard]] std::vector<SymbolIds> take_lost_ids() { return delivery_.take_lost_ids(); }

  /// Delivers without pauses from now on, until the journal is delivered below `end_sequence`.
  void finish(std::uint64_t end_sequence) noexcept { finish_at_ = end_sequence; }
  [[nodiscard]] bool finished() const noexcept;

  /// Returns the sequence number below which everything that this process owns is in the topic.
  [[nodiscard]] std::uint64_t delivered_sequence() const noexcept { return delivered_sequence_; }
  /// Returns the sequence number from which on the journal is still needed. It does not advance at
  /// first while this process owns nothing: the group may be about to assign partitions whose
  /// records are in the journal. A standby needs none of its records.
  [[nodiscard]] std::uint64_t needed_sequence() const noexcept { return needed_sequence_; }
  /// Returns the ranges of missing ids that were given up since the last call.
  [[nodiscard]] std::vector<GivenUpIds> take_given_up() { return delivery_.take_given_up(); }
  [[nodiscard]] Delivery const& delivery() const noexcept { return delivery_; }
  /// Returns the number of records that the next transaction may take.
  [[nodiscard]] std::uint64_t transaction_limit() const noexcept { return size_.limit(); }

 private:
  enum class Stage : std::uint8_t {
    kIdle,
    kOpen,
    kGather,
    kOffsets,
    kFlush,
    kCommit,
    kAbort,
    kSweep,
  };

  [[nodiscard]] Result<void> advance();
  [[nodiscard]] Result<void> idle();
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> poll_group(std::chrono::milliseconds patience);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> finish_loading();
  [[nodiscard]] Result<void> start_gathering();
  [[nodiscard]] Result<void> gather();
  [[nodiscard]] Result<bool> gather_step();
  [[nodiscard]] Result<void> deliver(JournalRecord const& record);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> close_transaction();
  [[nodiscard]] Result<void> produce_gaps();
  [[nodiscard]] Result<void> produce_positions();
  [[nodiscard]] Result<void> send_offsets();
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> commit();
  [[nodiscard]] Result<void> abort();
  [[nodiscard]] Result<void> start_sweep();
  [[nodiscard]] Result<void> sweep();
  /// Returns true once the request is done. Errors: its own, and kTimeout.
  [[nodiscard]] Result<bool> is_done(Result<Progress> const& progress, std::string_view what) const;
  [[nodiscard]] bool is_ambiguous();
  void replace_producer();
  void drop_producer();
  void handle_failure(Error const& error);
  void note_failure(Error const& error);
  void note_settled();
  void enter(Stage stage);
  [[nodiscard]] bool is_finishing() const noexcept { return finish_at_.has_value(); }
  void report(DeliveryEvent event) { observer_.on_event(event); }

  DriverOptions options_;
  DeliveryPorts ports_;
  DeliveryObserver& observer_;
  Delivery delivery_;
  PositionLoader loader_;
  HangingSweep sweep_;
  CommitPace pace_;
  TransactionSize size_;

  Now now_;
  DriverWait wait_;
  Stage stage_ = Stage::kIdle;
  MonoTime stage_since_;
  MonoTime retry_at_;
  std::chrono::nanoseconds retry_;
  bool failing_ = false;
  std::optional<std::uint64_t> finish_at_;
  std::uint64_t delivered_sequence_ = 0;
  std::uint64_t needed_sequence_ = 0;
  MonoTime owned_until_;

  /// True from begin() until the transaction is committed, aborted or lost with its producer.
  bool open_ = false;
  MonoTime began_;
  std::uint64_t gathered_ = 0;
  std::vector<UtcTime> received_;
  std::vector<MovedPosition> moved_;
  std::vector<std::int32_t> touched_;
  std::vector<GapChange> gap_changes_;
  std::vector<DeclaredGap> gaps_;
  std::optional<std::uint64_t> staged_dead_letters_;
  /// The journal had no more dead letters when the end of the program was near.
  bool dead_letters_done_ = false;
  std::vector<GroupChange> group_changes_;
  int hanging_attempts_ = 0;
};

}  // namespace k2::sink
