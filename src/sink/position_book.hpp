// The state of the positions topic, folded from its records: per symbol the last trade id that is
// in the trades topic, the journal that delivered it and from which place, and which ids behind it
// are still missing. The records are written in the same transactions as the trades, so they are
// exact. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "sink/hanging_note.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sink {

struct TopicPosition {
  TradeId last{};
  /// The journal that it was delivered from, and the sequence number that it has there; 0 when that
  /// is not known.
  std::string journal{};
  std::uint64_t sequence = 0;
  /// Ids before `last` that are not in the topic; they come LATE.
  std::vector<IdRange> missing{};

  friend bool operator==(TopicPosition const&, TopicPosition const&) = default;
};

/// A position that was corrected by what the topic of trades holds.
struct CorrectedPosition {
  TopicPosition position;
  /// The missing ids that the committed position did not name.
  std::vector<IdRange> reopened{};

  friend bool operator==(CorrectedPosition const&, CorrectedPosition const&) = default;
};

/// The record's value, as JSON text. A journal's name needs no escaping.
[[nodiscard]] std::string position_value(TradeId last, std::string_view journal,
                                         std::uint64_t sequence,
                                         std::vector<IdRange> const& missing);

/// The record that holds the progress of a journal's dead letters: its key, and its value for the
/// number of the newest one.
[[nodiscard]] std::string letter_key(std::string_view journal);
[[nodiscard]] std::string letter_value(std::uint64_t number);

/// The record that registers a journal with the topic before its first delivery: its key, and its
/// value for the number of partitions that it delivers into. All are in the partition
/// kRegistrationPartition, so that their order is one.
[[nodiscard]] std::string registration_key(std::string_view journal);
[[nodiscard]] std::string registration_value(std::int32_t partitions);
inline constexpr std::int32_t kRegistrationPartition = 0;

/// A position that was read from a partition that its symbol does not belong to: it was written
/// while kafka.partitions had another value.
struct MisplacedPosition {
  std::int32_t partition = 0;
  TradeId last{};

  friend bool operator==(MisplacedPosition const&, MisplacedPosition const&) = default;
};

class PositionBook {
 public:
  using Symbols = std::map<std::string, TopicPosition, std::less<>>;
  using Corrected = std::map<std::string, CorrectedPosition, std::less<>>;
  using Misplaced = std::map<std::string, MisplacedPosition, std::less<>>;

  /// A book that does not know the number of partitions and takes positions from any of them.
  PositionBook() = default;
  /// A book of a topic that is delivered into with this number of partitions.
  explicit PositionBook(std::int32_t partitions) : partitions_(partitions) {}

  /// Takes the next record of the topic; an empty value deletes its key. Keys that begin with a
  /// slash are of no symbol: those of letter_key(), registration_key() and hanging_key(), or
  /// another version's, which are passed over. Of two positions of a symbol the larger one counts,
  /// and of two equal ones the later: a position that moves backwards is a late write of a process
  /// that was replaced. Errors: kDataCorrupt when it is none that K2 writes.
  [[nodiscard]] Result<void> apply(std::string_view key, std::string_view value);
  /// Applies a record of this partition. The position of a symbol that does not belong there is
  /// ignored.
  [[nodiscard]] Result<void> apply(std::int32_t partition, std::string_view key,
                                   std::string_view value);

  [[nodiscard]] Symbols const& symbols() const noexcept { return symbols_; }
  /// Replaces a position by what the topic of trades shows.
  void correct(std::string_view symbol, CorrectedPosition corrected);
  [[nodiscard]] Corrected const& corrected() const noexcept { return corrected_; }
  /// Returns the notes about transactions that hung in these partitions.
  [[nodiscard]] std::vector<HangingNote> hanging(std::set<std::int32_t> const& partitions) const;
  /// The positions that were not taken: per symbol the largest.
  [[nodiscard]] Misplaced const& misplaced() const noexcept { return misplaced_; }
  /// The number of partitions that the first registered journal delivers into.
  [[nodiscard]] std::optional<std::int32_t> registered_partitions() const;
  [[nodiscard]] bool is_registered(std::string_view journal) const;
  /// Whose journals brought the last trades, and all that are registered.
  [[nodiscard]] std::set<std::string> journals() const;
  /// The number up to which the journal's dead letters are in their topic; 0 for none.
  [[nodiscard]] std::uint64_t letters(std::string_view journal) const;

 private:
  struct Registration {
    std::string journal;
    std::int32_t partitions = 0;
  };
  [[nodiscard]] bool belongs(std::string_view symbol,
                             std::optional<std::int32_t> partition) const noexcept;
  [[nodiscard]] Result<void> apply_from(std::optional<std::int32_t> partition, std::string_view key,
                                        std::string_view value);
  void take(std::optional<std::int32_t> partition, std::string_view symbol, TopicPosition position);
  void take_registration(std::string_view journal, std::int32_t partitions);
  void erase(std::string_view key);

  std::optional<std::int32_t> partitions_;
  Symbols symbols_;
  Corrected corrected_;
  std::map<std::string, HangingNote, std::less<>> hanging_;
  Misplaced misplaced_;
  /// The registrations in the order of their records.
  std::vector<Registration> registrations_;
  std::map<std::string, std::uint64_t, std::less<>> letters_;
};

}  // namespace k2::sink
