// What the positions topic says, folded from its records: per symbol the last trade id that is in
// the trades topic, whose journal brought it there and from which place, and which ids behind it
// are still missing. The records are written in the same transactions as the trades, so they are
// exact. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sink {

struct TopicPosition {
  TradeId last{};
  /// Of the journal that it was delivered from, and the sequence number that it has there; 0 when
  /// that is not known.
  std::string journal{};
  std::uint64_t sequence = 0;
  /// Ids before `last` that are not in the topic; they come LATE.
  std::vector<IdRange> missing{};

  friend bool operator==(TopicPosition const&, TopicPosition const&) = default;
};

/// The record's value, as JSON text. A journal's name needs no escaping.
[[nodiscard]] std::string position_value(TradeId last, std::string_view journal,
                                         std::uint64_t sequence,
                                         std::vector<IdRange> const& missing);

/// The record that says how far a journal's dead letters have been delivered: its key, and its
/// value for the number of the newest one.
[[nodiscard]] std::string letter_key(std::string_view journal);
[[nodiscard]] std::string letter_value(std::uint64_t number);

class PositionBook {
 public:
  using Symbols = std::map<std::string, TopicPosition, std::less<>>;

  /// Takes the next record of the topic; an empty value deletes its key. Keys that begin with a
  /// slash are of no symbol: those of letter_key(), or an earlier version's, which are passed over.
  /// Errors: kDataCorrupt when it is none that K2 writes.
  [[nodiscard]] Result<void> apply(std::string_view key, std::string_view value);

  [[nodiscard]] Symbols const& symbols() const noexcept { return symbols_; }
  /// Whose journals brought the last trades.
  [[nodiscard]] std::set<std::string> journals() const;
  /// The number up to which the journal's dead letters are in their topic; 0 for none.
  [[nodiscard]] std::uint64_t letters(std::string_view journal) const;

 private:
  Symbols symbols_;
  std::map<std::string, std::uint64_t, std::less<>> letters_;
};

}  // namespace k2::sink
