// What the positions topic says, folded from its records: per symbol the last trade id that is in
// the trades topic and whose journal brought it there, per journal how far it has been delivered,
// and which process delivers. The records are written in the same transactions as the trades, so
// they are exact. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sink {

/// Keys of the topic that are no symbols. They live in partition 0.
inline constexpr std::string_view kOwnerKey = "/owner";
[[nodiscard]] std::string cursor_key(std::string_view journal);

/// The values, as JSON text.
[[nodiscard]] std::string position_value(TradeId last, std::string_view journal);
[[nodiscard]] std::string cursor_value(std::uint64_t next_sequence, std::string_view last);
[[nodiscard]] std::string owner_value(std::string_view instance);

struct TopicPosition {
  TradeId last{};
  /// Of the journal that it was delivered from.
  std::string journal;

  friend bool operator==(TopicPosition const&, TopicPosition const&) = default;
};

/// How far a journal has been delivered.
struct Cursor {
  std::uint64_t next_sequence = 0;
  /// message_id of the record before it: a journal that holds another one there has lost its tail
  /// (a power cut, a restored copy) and numbered anew.
  std::string last;

  friend bool operator==(Cursor const&, Cursor const&) = default;
};

class PositionBook {
 public:
  /// Takes the next record of the topic; an empty value deletes its key.
  /// Errors: kDataCorrupt when it is none that K2 writes.
  [[nodiscard]] Result<void> apply(std::string_view key, std::string_view value);

  [[nodiscard]] std::map<std::string, TopicPosition, std::less<>> const& symbols() const noexcept {
    return symbols_;
  }
  /// Where delivery from this journal goes on, when it has begun.
  [[nodiscard]] std::optional<Cursor> cursor(std::string_view journal) const;
  /// The process that delivers, or did last; empty when none has yet.
  [[nodiscard]] std::string const& owner() const noexcept { return owner_; }

 private:
  std::map<std::string, TopicPosition, std::less<>> symbols_;
  std::map<std::string, Cursor, std::less<>> cursors_;
  std::string owner_;
};

}  // namespace k2::sink
