// The records of this process's journal that the topic still lacks. For each partition that this
// process owns, it holds the state of the topic at the takeover, advanced by each delivery; all
// other records of the journal are skipped. A record is lacking when its id is beyond its symbol's
// last one, or among those that are missing behind it: the journal that delivered the others does
// not matter. The content of an open transaction can be rolled back. Pure; driven by sink/delivery.
#pragma once

#include "core/ids.hpp"
#include "sink/block.hpp"
#include "sink/gap_changes.hpp"
#include "sink/lost_ids.hpp"
#include "sink/missing_ids.hpp"
#include "sink/notices.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace k2::sink {

/// The content of the journal when it was read: the end first, then the rest.
struct JournalFacts {
  std::uint64_t first_sequence = 1;
  std::uint64_t end_sequence = 1;
  /// The newest id per symbol.
  std::vector<Position> positions{};
  std::vector<DeclaredGap> gaps{};
  /// The number of the newest dead letter; 0 for none.
  std::uint64_t newest_letter = 0;
};

/// A record that the journal should hold, if the topic knows it rightly.
struct JournalHint {
  std::int32_t partition = 0;
  std::uint64_t sequence = 0;
  std::string symbol;
  TradeId id{};

  friend bool operator==(JournalHint const&, JournalHint const&) = default;
};

/// The result for a record.
enum class Admission : std::uint8_t {
  kSkip,
  kDeliver,
  /// Its id was missing behind others: it goes with the condition LATE.
  kDeliverLate,
};

/// A position that the open transaction moves. The views live until the next record is admitted.
struct MovedPosition {
  std::string_view symbol;
  std::int32_t partition = 0;
  TradeId last{};
  std::uint64_t sequence = 0;
  std::vector<IdRange> const* missing = nullptr;
};

/// Ids that the topic lacks for good: there was no room to remember that they are missing.
struct GivenUpIds {
  std::string symbol;
  IdRange ids;

  friend bool operator==(GivenUpIds const&, GivenUpIds const&) = default;
};

class TopicTapes {
 public:
  /// Limit of given-up ranges that wait for take_given_up(); further ones are only counted.
  static constexpr std::size_t kGivenUpKept = 1'000;
  /// The distance before the newest record that the topic names, in ids, within which ids can be
  /// missing after a correction. Chosen: more than a transaction takes. Ids that are further back
  /// are fetched from the exchange.
  static constexpr std::uint64_t kReadBack = 100'000;
  /// Limit of places of the journal that are remembered while it is followed.
  static constexpr std::size_t kMarksMax = 64;

  TopicTapes(std::string journal, std::int32_t partitions);

  /// Following begins at the journal's end as `facts` have it.
  void begin(JournalFacts const& facts);
  /// Returns the place of this journal according to the topic: its newest record per partition.
  [[nodiscard]] std::vector<JournalHint> hints(PositionBook const& book) const;
  /// Takes over these partitions, whose state in the topic is `book`. The hints of partitions in
  /// `refuted` were wrong: the journal has lost its tail. Returns true when the head went back: for
  /// these partitions the journal holds records that were skipped.
  [[nodiscard]] bool load(std::span<std::int32_t const> partitions, PositionBook const& book,
                          JournalFacts const& facts, std::span<std::int32_t const> refuted);
  /// Asserts that the partition is one of those that it was made with, as load() does.
  void release(std::int32_t partition);
  /// The journal's gaps as they are now; only between transactions. Ids that the exchange itself
  /// lacks are missing no more.
  void note_gaps(std::span<DeclaredGap const> gaps);
  /// Returns the missing ids of what is owned that are in no open gap of the journal. Those that
  /// are still missing when the journal has been read to its end are not in its blocks either.
  [[nodiscard]] std::vector<SymbolIds> lacking(std::span<DeclaredGap const> gaps) const;
  /// Reduces these ids to those that are still missing.
  void keep_missing(std::vector<SymbolIds>& lost) const;
  /// True while ids are missing in what is owned.
  [[nodiscard]] bool has_missing() const noexcept;
  /// False also for a partition that there is not.
  [[nodiscard]] bool owns(std::int32_t partition) const noexcept {
    return has(partition) && partitions_[static_cast<std::size_t>(partition)].owned;
  }

  /// Takes the next record in the journal's order.
  [[nodiscard]] Admission admit(std::uint64_t sequence, std::string_view symbol, TradeId id,
                                bool late);
  /// Returns the sequence number at which reading continues.
  [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
  /// Remembers this place of the journal; to be called every few seconds.
  void mark();

  /// Appends the positions that the open transaction moves; each symbol of which anything was
  /// delivered is in it.
  void moved(std::vector<MovedPosition>& out) const;
  /// Appends its changes of gaps, per symbol in order.
  void gap_changes(std::vector<GapChange>& out) const;
  [[nodiscard]] bool has_moved() const noexcept { return !moved_.empty(); }
  /// Everything that was read until now is settled permanently.
  void committed();
  /// The open transaction never was; the head goes back to where it began.
  void roll_back();

  /// Returns the number of ranges of missing ids that were given up for lack of room, by
  /// transactions that were committed. The topic declares them `open` and they stay so.
  [[nodiscard]] std::uint64_t given_up() const noexcept { return given_up_; }
  /// Returns those that were given up since the last call.
  [[nodiscard]] std::vector<GivenUpIds> take_given_up() {
    return std::exchange(given_up_news_, {});
  }

 private:
  /// The state to be restored if the open transaction is aborted.
  struct Standing {
    /// Nothing while the topic has no trade of it.
    std::optional<TradeId> last;
    std::uint64_t sequence = 0;
    MissingIds missing;
  };
  struct Tape {
    std::int32_t partition = 0;
    std::size_t slot = 0;
    Standing now;
    Standing before;
    bool moved = false;
    /// The change stays true regardless of the transaction's outcome.
    bool amended = false;
    GapChanges changes;
    /// No record before the head has a greater id, as far as it was read or looked up.
    std::optional<TradeId> seen;
  };
  struct Partition {
    bool owned = false;
    /// Records before it are not to be taken.
    std::uint64_t from = 0;
  };
  /// No record before `sequence` has a greater id than this, by slot.
  struct Mark {
    std::uint64_t sequence = 0;
    std::vector<std::optional<TradeId>> seen;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Tapes = std::unordered_map<std::string, Tape, Hash, std::equal_to<>>;

  /// The bound by which a partition's place is found: per symbol, the id up to which nothing is
  /// lacking.
  struct Bound {
    Tape const* tape = nullptr;
    std::optional<TradeId> whole;
  };

  [[nodiscard]] bool has(std::int32_t partition) const noexcept {
    return partition >= 0 && static_cast<std::size_t>(partition) < partitions_.size();
  }
  Tapes::value_type& tape_of(std::string_view symbol);
  void touch(Tapes::value_type& entry);
  void amend(Tapes::value_type& entry);
  bool keep_bound(Tapes::value_type& entry);
  void settle_given_up();
  void close_absent(Tapes::value_type& entry, IdRange absent);
  static void settle(Tape& tape) noexcept;
  void take_positions(std::int32_t partition, PositionBook const& book, JournalFacts const& facts,
                      bool refuted);
  void take_correction(Tapes::value_type& entry, CorrectedPosition const& corrected);
  [[nodiscard]] std::uint64_t place_of(std::int32_t partition, JournalFacts const& facts,
                                       std::uint64_t hint) const;
  [[nodiscard]] std::uint64_t newest_mark(std::vector<Bound> const& bounds,
                                          std::uint64_t otherwise) const;

  std::string journal_;
  std::vector<Partition> partitions_;
  Tapes tapes_;
  std::vector<Tapes::value_type*> moved_;
  std::deque<Mark> marks_;
  std::uint64_t head_ = 1;
  std::uint64_t head_before_ = 1;
  std::uint64_t head_max_ = 1;
  std::uint64_t given_up_ = 0;
  /// Ranges given up by the open transaction.
  std::vector<GivenUpIds> giving_up_;
  std::vector<GivenUpIds> given_up_news_;
};

}  // namespace k2::sink
