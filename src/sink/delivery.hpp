// What a process delivers into Kafka, and when: decided from what the consumer group gives and
// takes, what the positions topic says and what became of transactions. Kafka's group owns the
// partitions; a partition is delivered once its positions have been read, and from there. After a
// transaction that was not committed, or that nobody knows the outcome of, everything is read anew
// from the topic: brokers that forgot to tell partitions of a commit let the next abort take it
// back. Transactions that are over and still hide what comes after them are ended by a sweep: one
// that touches every partition in the name of whoever delivered there, and is aborted.
//
// Pure. What drives it: sink/delivery_driver with a real broker, tests/simulation with a model of
// one. The group's word is told between transactions only: then a partition that is taken away has
// been committed or rolled back already.
#pragma once

#include "core/time.hpp"
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

/// What a process records of symbols that it does not own.
enum class Standby : std::uint8_t {
  /// Nothing: several processes share the load.
  kCold,
  /// Everything: a takeover needs nothing from the exchange.
  kWarm,
};

/// What is to be done next.
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

/// Which symbols the shard is to carry: those of some partitions, or all. Those of `positions` are
/// new to it, and begin behind what the topic holds.
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
  /// How long a start waits for the group's first word before it records everything, so that
  /// little is missed while Kafka is away or the group takes its time.
  /// Chosen: longer than a join takes otherwise.
  static constexpr std::chrono::seconds kAlonePatience{5};
  /// Between two places of the journal that are remembered.
  static constexpr std::chrono::seconds kMarkInterval{5};
  /// How long positions may wait for the outcome of a transaction until it counts as hanging.
  /// Chosen: a transaction lasts for 10 s at most (io/kafka_producer), and brokers look for those
  /// that have lasted too long every 10 s
  /// (transaction.abort.timed.out.transaction.cleanup.interval.ms).
  static constexpr std::chrono::seconds kOutcomePatience{25};
  /// How far apart two looks for an outcome may be to be one wait: brokers that are away in
  /// between, or a process that stands still, prove nothing. Chosen: longer than a look takes.
  static constexpr std::chrono::seconds kLookPatience{5};

  Delivery(DeliveryOptions options, JournalFacts const& facts, MonoTime now);

  // The group's word.
  /// These come in addition; an empty list says that the group has spoken.
  void on_assigned(std::span<std::int32_t const> partitions);
  void on_revoked(std::span<std::int32_t const> partitions);
  /// The group went on without this process, which owns nothing any more.
  void on_lost();

  // The producer's.
  void on_producer_opened();
  /// The producer is no good any more, and what became of an open transaction is not known.
  void on_failed();
  void on_begun();
  /// Kafka refused a transaction; `zombie` when it was because the group has gone on without us.
  void on_refused(bool zombie);
  void on_aborted();
  /// What was read until now is settled: committed, or nothing of it was to be delivered.
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
  /// The brokers were asked, and the loading waits for the outcome of a transaction.
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
  /// The sequence number that reading goes on with.
  [[nodiscard]] std::uint64_t head() const noexcept { return tapes_.head(); }
  /// True once each time that reading has to go back to head().
  [[nodiscard]] bool take_seek() noexcept;

  /// What goes into the transaction besides the trades.
  void moved(std::vector<MovedPosition>& out) const { tapes_.moved(out); }
  [[nodiscard]] bool has_moved() const noexcept { return tapes_.has_moved(); }
  void gap_changes(std::vector<GapChange>& out) const { tapes_.gap_changes(out); }

  /// True once each time that the journal's gaps are to be looked at; then on_gaps() is told.
  [[nodiscard]] bool take_gap_look() noexcept { return std::exchange(gap_look_, false); }
  /// Between transactions only.
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
  /// Whether the positions topic is to be asked how far they have come.
  [[nodiscard]] bool letters_known() const noexcept { return letters_.is_known(); }
  /// The transaction carries letters up to this number.
  void on_letters(std::uint64_t number) noexcept { letters_.board(number); }
  [[nodiscard]] std::optional<std::uint64_t> letters_aboard() const noexcept {
    return letters_.aboard();
  }

  /// What the shard is to carry, when that has changed.
  [[nodiscard]] std::optional<Recording> take_recording();

  [[nodiscard]] std::set<std::int32_t> const& owned() const noexcept { return owned_; }
  [[nodiscard]] bool is_member() const noexcept { return member_; }
  /// From a refusal by the group until it has this process in again.
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
  /// Those of the last look, until the journal has been read to its end.
  std::optional<std::vector<SymbolIds>> lacking_;
  std::vector<SymbolIds> to_reopen_;
  MonoTime started_;
  MonoTime now_;
  MonoTime marked_;
  bool gap_look_ = false;
  std::set<std::int32_t> owned_;
  Loading loading_;
  /// Since when, and until when, the present loading was seen to wait for an outcome.
  std::optional<MonoTime> unsettled_since_;
  MonoTime unsettled_until_;
  bool member_ = false;
  bool spoken_to_ = false;
  bool zombie_ = false;
  bool producer_ = false;
  bool open_ = false;
  bool refused_ = false;
  bool seek_ = true;
  Recording recording_;
  bool recording_changed_ = false;
  DeliveryCounts counts_;
};

}  // namespace k2::sink
