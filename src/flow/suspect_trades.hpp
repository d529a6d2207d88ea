// Trades whose ids nothing explains: far ahead of the tape, farther than its own rate and the time
// since its last trade account for. They are held aside until a second source confirms that such
// ids exist (REST's newest trade, a candle, another connection), or many distinct trades near each
// other do. What nothing confirms is handed out as implausible, for the dead letters: a single odd
// frame never moves a tape. Pure; lives in Continuity.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace k2::flow {

struct SuspectOptions {
  /// Ids ahead of the tape that need no explanation. Chosen: a busy symbol's trades of ten seconds,
  /// and a few pages of repair when they are bogus after all.
  std::uint64_t jump_min = 10'000;
  /// A jump is explained by so many times the symbol's mean rate. Chosen: bursts reach that.
  double rate_factor = 20;
  /// Distinct ids near each other that confirm each other. Chosen: odd frames come one at a time.
  std::size_t run = 16;
  /// Trades of one symbol that are held; the oldest one gives way.
  std::size_t per_symbol_max = 64;
  /// Time that a trade is held while no source answers.
  std::chrono::nanoseconds patience = std::chrono::seconds{60};
};

/// The source of a trade: a connection, or one reply of REST. Two of them are two sources.
enum class SourceId : std::uint64_t {};

class SuspectTrades {
 public:
  explicit SuspectTrades(SuspectOptions options) : options_(options) {}

  /// Holds the trade aside.
  void hold(Trade const& trade, SourceId source, MonoTime now);
  /// REST's newest id of the symbol: it confirms what is held, or contradicts it.
  void on_newest(SymbolIndex symbol, TradeId newest, SourceId source);
  /// A candle names this id of the symbol: it confirms what is held near it.
  void on_candle(SymbolIndex symbol, TradeId last);
  /// Reports trades that nothing confirmed in time as implausible.
  void tick(MonoTime now);
  /// Forgets what is held of the symbol.
  void forget(SymbolIndex symbol) { held_.erase(value(symbol)); }

  [[nodiscard]] bool holds(SymbolIndex symbol) const { return held_.contains(value(symbol)); }
  [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
  /// Returns the number of trades that were reported as implausible.
  [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_; }
  /// Trades that a second source confirmed, ascending for each symbol; the caller clears it.
  [[nodiscard]] std::vector<Trade>& confirmed() noexcept { return confirmed_; }
  /// Trades that were contradicted, or that nothing confirmed; the caller clears it.
  [[nodiscard]] std::vector<Trade>& implausible() noexcept { return implausible_; }

 private:
  struct Suspect {
    Trade trade;
    SourceId source{};
    MonoTime since;
  };
  using Held = std::vector<Suspect>;  // ascending ids, each once

  [[nodiscard]] bool near(TradeId a, TradeId b) const;
  [[nodiscard]] std::size_t neighbours(Held const& held, TradeId id) const;
  void confirm_near(Held& held, TradeId id);
  void reject(Trade const& trade);
  void drop_empty(SymbolIndex symbol);

  SuspectOptions options_;
  std::unordered_map<std::uint32_t, Held> held_;  // by symbol
  std::vector<Trade> confirmed_;
  std::vector<Trade> implausible_;
  std::uint64_t rejected_ = 0;
};

}  // namespace k2::flow
