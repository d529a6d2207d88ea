// Detects that a symbol's ids have started over: the exchange was reset, the symbol was listed
// anew, or the tape's position was never right. The trades then have ids below the tape although
// they are newer than all of it; treated as duplicates, they would be dropped silently. One such
// trade is evidence; REST's newest trade, a candle or many such trades confirm it. Pure; part of
// Continuity, which then stops the tape: the new ids are never treated as its continuation.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace k2::flow {

/// Age difference at which a trade contradicts the tape. Chosen: far beyond what trade times within
/// one tape differ in order.
inline constexpr std::chrono::seconds kClearlyNewer{1};

/// A symbol whose ids have started over.
struct RestartedTape {
  SymbolIndex symbol{};
  /// The id that the tape expected next, and the newest that the exchange has.
  TradeId expected{};
  TradeId seen{};
};

class RestartedIds {
 public:
  /// State of the tape: the expected id, and the time of its newest trade, if it accepted any since
  /// it was started.
  struct Tape {
    SymbolIndex symbol{};
    TradeId expected{};
    std::optional<UtcTime> traded_at{};
  };

  /// Handles a trade from a connection that is below the tape and in no gap. Returns true when REST
  /// should be queried for the symbol's newest trade.
  [[nodiscard]] bool on_below(Tape const& tape, Trade const& trade, MonoTime now);
  /// REST's newest trade of the symbol.
  void on_newest(Tape const& tape, Trade const& newest, MonoTime now);
  /// A closed minute of the symbol, by its candle: when it began and its last id.
  void on_candle(Tape const& tape, UtcTime open_at, TradeId last);
  /// The symbol begins anew.
  void forget(SymbolIndex symbol);

  [[nodiscard]] bool suspected(SymbolIndex symbol) const {
    return evidence_.contains(value(symbol));
  }
  [[nodiscard]] bool restarted(SymbolIndex symbol) const {
    return restarted_.contains(value(symbol));
  }
  /// Symbols whose ids have started over.
  [[nodiscard]] std::size_t count() const noexcept { return restarted_.size(); }
  /// The confirmed restarts since the caller last cleared the list.
  [[nodiscard]] std::vector<RestartedTape>& found() noexcept { return found_; }

 private:
  struct Evidence {
    MonoTime since;
    MonoTime asked_at = MonoTime::min();
    UtcTime first_traded_at;
    TradeId last{};
    UtcTime traded_at;
    std::size_t distinct = 0;
    std::optional<TradeId> newest{};
  };

  void confirm(Tape const& tape, TradeId seen);

  std::unordered_map<std::uint32_t, Evidence> evidence_;  // by symbol
  std::unordered_set<std::uint32_t> restarted_;
  std::vector<RestartedTape> found_;
};

}  // namespace k2::flow
