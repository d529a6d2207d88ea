// Decides which records a process delivers into Kafka, and when. The inputs are the partitions that
// the consumer group assigns and revokes, the records of the positions topic, and the outcomes of
// transactions. Kafka's group owns the partitions; a partition is delivered once its positions have
// been read, and from there. After a transaction that was not committed, or whose outcome is
// unknown, everything is read again from the topic: brokers that forgot the commit marker of a
// partition let the next abort revert it. Transactions that are over and still hide the records
// behind them are ended by a sweep: one that touches every partition in the name of each producer
// that delivered there, and is aborted.
//
// Pure. It is driven by sink/delivery_driver with a real broker, and by tests/simulation with a
// model of one. Changes of the group are passed in between transactions only: a partition that is
// revoked has then been committed or rolled back already.
#pragma once

#include "core/time.hpp"
#include "sink/hanging_note.hpp"
#include "sink/letter_cursor.hpp"
#include "sink/lost_ids.hpp"
#include "sink/topic_tapes.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::sink {

/// Selects what a process records of symbols that it does not own.
enum class Standby : std::uint8_t {
  /// Nothing: several processes share the load.
  kCold,
  /// Everything: a takeover needs nothing from the exchange.
  kWarm,
};

/// The next step.
enum class DeliveryStep : std::uint8_t {
  /// Drop the producer, if there is one, and open the next.
  kOpenProducer,
  kAbort,
  /// End what brokers have left hanging in the partitions.
  kSweep,
  /// Read records of the journal, put those that are admitted into a transaction, commit it.
  kRead,
  /// Nothing until the group or a loading brings news.
  kWait,
};

struct DeliveryOptions {
  /// This process's journal, by the name that the topic knows it by.
  std::string journal;
  std::int32_t partitions = 1;
  Standby standby = Standby::kCold;
};

/// The symbols that the shard carries: those of some partitions, or all. Those of `positions` are
/// new to it, and start behind the records of the topic.
struct Recording {
  bool all = false;
  std::set<std::int32_t> partitions;
  PositionBook::Symbols positions;
};

struct DeliveryCounts {
  std::uint64_t rebalances = 0;
  /// Assignments that were taken away while this process was not looking.
  std::uint64_t lost = 0;
};

class Delivery {
 public:
  /// Time that a start waits for the first assignment of the group before it records everything, so
  /// that little is missed while Kafka is down or the group is slow. Chosen: longer than a join
  /// takes otherwise.
  static constexpr std::chrono::seconds kAlonePatience{5};
  /// Interval between two places of the journal that are remembered.
  static constexpr std::chrono::seconds kMarkInterval{5};
  /// Time that positions may wait for the outcome of a transaction until it counts as hanging.
  /// Chosen: a transaction lasts for 10 s at most (io/kafka_producer), and brokers look for those
  /// that have lasted too long every 10 s
  /// (transaction.abort.timed.out.transaction.cleanup.interval.ms).
  static constexpr std::chrono::seconds kOutcomePatience{25};
  /// Maximum distance of two checks for an outcome that belong to one wait: brokers that are down
  /// in between, or a process that is stopped, prove nothing. Chosen: longer than a check takes.
  static constexpr std::chrono::seconds kLookPatience{5};

  Delivery(DeliveryOptions options, JournalFacts const& facts, MonoTime now);

  // The group's word.
  /// Adds these partitions; an empty list means that the group has answered.
  void on_assigned(std::span<std::int32_t const> partitions);
  void on_revoked(std::span<std::int32_t const> partitions);
  /// The group continues without this process, which owns nothing any more.
  void on_lost();

  // The producer's.
  void on_producer_opened();
  /// The producer is no good any more, and what became of an open transaction is not known.
  void on_failed();
  void on_begun();
  /// Kafka refused a transaction; `zombie` is set when the group has fenced this process.
  void on_refused(bool zombie);
  void on_aborted();
  /// Everything that was read until now is settled: committed, or not to be delivered.
  void on_settled();

  /// Time has passed.
  void tick(MonoTime now);

  [[nodiscard]] DeliveryStep next() const noexcept;

  /// Partitions whose positions are to be read, and a number that changes when they do.
  struct Loading {
    std::uint64_t ticket = 0;
    std::set<std::int32_t> partitions;
  };
  [[nodiscard]] Loading const& loading() const noexcept { return loading_; }
  /// True while there are such partitions, or while it is not known how far the dead letters of
  /// this process's journal are delivered: those need no partition of its own.
  [[nodiscard]] bool is_loading() const noexcept {
    return !loading_.partitions.empty() || (member_ && !letters_.is_known());
  }
  /// The brokers were queried, and the loading waits for the outcome of a transaction.
  void on_unsettled();
  /// A sweep has been tried, for which the producer was dropped.
  void on_swept();
  /// Places of the journal that the topic names and that are to be looked at before on_loaded().
  [[nodiscard]] std::vector<JournalHint> hints(PositionBook const& book) const {
    return tapes_.hints(book);
  }
  /// All positions of these partitions have been read; `facts` were read after them. Of another
  /// ticket than the present one nothing is taken. `refuted` are partitions whose hint was wrong.
  void on_loaded(std::uint64_t ticket, PositionBook const& book, JournalFacts const& facts,
                 std::span<std::int32_t const> refuted);

  /// Takes the next record in the journal's order. Hot.
  [[nodiscard]] Admission admit(std::uint64_t sequence, std::string_view symbol, TradeId id,
                                bool late) {
    return tapes_.admit(sequence, symbol, id, late);
  }
  /// Returns the sequence number at which reading continues.
  [[nodiscard]] std::uint64_t head() const noexcept { return tapes_.head(); }
  /// True once each time that reading has to go back to head().
  [[nodiscard]] bool take_seek() noexcept;

  /// Appends the positions for the transaction.
  void moved(std::vector<MovedPosition>& out) const { tapes_.moved(out); }
  [[nodiscard]] bool has_moved() const noexcept { return tapes_.has_moved(); }
  void gap_changes(std::vector<GapChange>& out) const { tapes_.gap_changes(out); }

  /// Returns the notes that the next transaction deletes: the positions were compared.
  [[nodiscard]] std::vector<HangingNote> const& compared() const noexcept { return compared_; }

  /// Returns true once each time that the journal's gaps should be read; on_gaps() receives them.
  [[nodiscard]] bool take_gap_look() noexcept { return std::exchange(gap_look_, false); }
  /// Called between transactions only.
  void on_gaps(std::span<DeclaredGap const> gaps);
  /// The journal was read to its end.
  void on_journal_end();
  /// Returns the ids that the shard is to request from the exchange again: the topic lacks them,
  /// and the journal does not bring them.
  [[nodiscard]] std::vector<SymbolIds> take_lost_ids() { return std::exchange(to_reopen_, {}); }

  /// The number behind which dead letters of the journal are to go into the next transaction.
  [[nodiscard]] std::optional<std::uint64_t> letters_due() const noexcept {
    return member_ ? letters_.due(now_) : std::nullopt;
  }
  /// Returns whether the progress of dead letters is known, or the positions topic must be queried.
  [[nodiscard]] bool letters_known() const noexcept { return letters_.is_known(); }
  /// The transaction carries letters up to this number.
  void on_letters(std::uint64_t number) noexcept { letters_.board(number); }
  [[nodiscard]] std::optional<std::uint64_t> letters_aboard() const noexcept {
    return letters_.aboard();
  }

  /// Returns the symbols that the shard should carry, if they have changed.
  [[nodiscard]] std::optional<Recording> take_recording();

  [[nodiscard]] std::set<std::int32_t> const& owned() const noexcept { return owned_; }
  [[nodiscard]] bool is_member() const noexcept { return member_; }
  /// Returns true from a refusal by the group until this process has rejoined it.
  [[nodiscard]] bool is_zombie() const noexcept { return zombie_; }
  [[nodiscard]] DeliveryCounts const& counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t ranges_given_up() const noexcept { return tapes_.given_up(); }
  [[nodiscard]] std::vector<GivenUpIds> take_given_up() { return tapes_.take_given_up(); }

 private:
  void reload();
  void change_loading();
  void forget_all();

  DeliveryOptions options_;
  TopicTapes tapes_;
  LetterCursor letters_;
  LostIds lost_;
  /// The lacking ids of the last check, until the journal has been read to its end.
  std::optional<std::vector<SymbolIds>> lacking_;
  std::vector<SymbolIds> to_reopen_;
  MonoTime started_;
  MonoTime now_;
  MonoTime marked_;
  bool gap_look_ = false;
  std::set<std::int32_t> owned_;
  Loading loading_;
  /// Start and end of the wait of the current loading for an outcome.
  std::optional<MonoTime> unsettled_since_;
  MonoTime unsettled_until_;
  bool member_ = false;
  bool spoken_to_ = false;
  bool zombie_ = false;
  bool producer_ = false;
  bool open_ = false;
  bool refused_ = false;
  bool seek_ = true;
  std::vector<HangingNote> compared_;
  Recording recording_;
  bool recording_changed_ = false;
  DeliveryCounts counts_;
};

}  // namespace k2::sink
