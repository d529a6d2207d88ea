// The newest trade id that the exchange's candles name, for each symbol. A candle comes each two
// seconds and names the last id of its minute, so it proves two things early: that nothing is
// missing, when the tape ends with that id; and that something is, when the tape still lacks the id
// a second later. When no line has brought any trade of the symbol meanwhile, its stream is dead.
// Pure; lives in Continuity.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace k2::flow {

/// The time for which the tape may lack an id that a candle has named while connections deliver
/// trades of other symbols, but none of this one. Chosen: candles and trades of one exchange arrive
/// some hundred milliseconds apart at most.
inline constexpr std::chrono::seconds kLackedBriefly{1};
/// The time for it while no connection delivers anything, or trades of this symbol arrive late:
/// then the connection is slow. Chosen: beyond any delay between two connections.
inline constexpr std::chrono::seconds kLackedLong{3};

class CandleIds {
 public:
  /// The end of a symbol's tape.
  struct Tape {
    /// The highest id that was seen, accepted or not.
    TradeId seen{};
    /// Counts the trades of the symbol that connections have delivered so far.
    std::uint64_t from_lines = 0;
  };
  /// An id that the exchange has published and the tape still lacks.
  struct Lacked {
    SymbolIndex symbol{};
    TradeId id{};
    bool stream_is_dead = false;
  };
  /// Returns nothing for a tape that has not started, or accepts nothing any more.
  using TapeOf = std::function<std::optional<Tape>(SymbolIndex)>;

  void add_symbol() { symbols_.emplace_back(); }
  void forget(SymbolIndex symbol) { symbols_[value(symbol)] = {}; }

  /// A candle named its last id, or no id when nothing was traded in its minute.
  void on_candle(SymbolIndex symbol, UtcTime open_at, bool closed, std::optional<TradeId> last,
                 Tape const& tape, MonoTime now);
  /// The newest id of the symbol that the exchange has published, as far as candles prove it: their
  /// minutes follow each other without a break.
  [[nodiscard]] std::optional<TradeId> newest(SymbolIndex symbol) const {
    return symbols_[value(symbol)].newest;
  }

  /// Finds what is still lacking; `line_trade_at` is when any line last brought a trade.
  void tick(MonoTime now, MonoTime line_trade_at, TapeOf const& tape_of);
  /// When tick() is due at the latest.
  [[nodiscard]] MonoTime next_deadline() const noexcept { return due_at_; }
  /// The missing ids that were found since the caller last cleared the list.
  [[nodiscard]] std::vector<Lacked>& lacked() noexcept { return lacked_; }

 private:
  /// An id that the tape did not have when a candle named it.
  struct Named {
    TradeId id{};
    MonoTime at;
    std::uint64_t from_lines = 0;
  };
  struct Symbol {
    std::optional<TradeId> newest;
    UtcTime open_at{};
    bool closed = false;
    std::optional<Named> named;
    std::optional<Named> later;  // the newest one that came while `named` was waited for
  };

  [[nodiscard]] bool settle(SymbolIndex index, MonoTime now, MonoTime line_trade_at,
                            TapeOf const& tape_of);

  std::vector<Symbol> symbols_;
  std::vector<SymbolIndex> watched_;  // those with an id that is waited for
  std::vector<Lacked> lacked_;
  MonoTime due_at_ = MonoTime::max();
};

}  // namespace k2::flow
