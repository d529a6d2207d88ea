// Which records of a journal a topic still lacks, decided from the positions that were committed
// with the trades. A journal that the topic knows goes on at its cursor, exactly; of symbols that
// another journal has delivered meanwhile, and of a journal that is new to the topic, what is
// there already is left out. Pure; one per life of a producer, begun anew from the topic after
// every failure, so that what an aborted transaction held is never counted.
#pragma once

#include "core/ids.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace k2::sink {

class Delivery {
 public:
  /// Delivery from the journal `journal` goes on at `next_sequence`. `cursor_holds` is false when
  /// the topic knows nothing of this journal, or no longer what the journal holds: what the topic
  /// has then counts as another's.
  Delivery(std::string journal, std::uint64_t next_sequence, bool cursor_holds,
           PositionBook const& book);

  /// The sequence number that reading goes on with.
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_sequence_; }

  /// Takes the next record in the journal's order. False when the topic has it already.
  [[nodiscard]] bool admit(std::uint64_t sequence, std::string_view symbol, TradeId id, bool late);

  /// A position that the open transaction moves. The name lives as long as the delivery.
  struct Moved {
    std::string_view symbol;
    TradeId last{};
  };
  /// The positions moved since the last call.
  void take_moved(std::vector<Moved>& out);

  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }
  [[nodiscard]] std::string const& journal() const noexcept { return journal_; }

 private:
  struct Tracked {
    TradeId last{};
    /// What another journal delivered: its repairs are in the topic as well.
    TradeId foreign_last{};
    bool moved = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Symbols = std::unordered_map<std::string, Tracked, Hash, std::equal_to<>>;

  std::string journal_;
  std::uint64_t next_sequence_;
  Symbols symbols_;
  std::vector<Symbols::value_type*> moved_;
  std::uint64_t skipped_ = 0;
};

}  // namespace k2::sink
