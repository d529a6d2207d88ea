// Detects symbols that trade on the exchange while no connection delivers their trades: a stream
// that stopped on a connection that lives. Idle probes and closed candles show ids. When they do so
// twice, with newer ids each time, and no connection delivered the symbol in between, its stream is
// dead. A running candle proves it alone (candle_ids). The feed handles it. Pure; part of
// Continuity.
#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace k2::flow {

class DeadStreams {
 public:
  void add_symbol() { symbols_.emplace_back(); }
  /// Nothing seen so far counts: lines came up, or the symbol begins anew.
  void forget(SymbolIndex symbol) { symbols_[value(symbol)].reset(); }
  void forget_all();

  /// The exchange has published this id, and the tape lacked it. `from_lines` is how many trades
  /// of the symbol have come from lines so far.
  void revealed(SymbolIndex symbol, TradeId id, std::uint64_t from_lines);

  /// The stream is dead, as one candle proves.
  void proven(SymbolIndex symbol) {
    symbols_[value(symbol)].reset();
    dead_.push_back(symbol);
  }

  /// Streams that were called dead since the caller last cleared it.
  [[nodiscard]] std::vector<SymbolIndex>& dead() noexcept { return dead_; }

 private:
  /// The first sighting.
  struct Sight {
    TradeId id{};
    std::uint64_t from_lines = 0;
  };

  std::vector<std::optional<Sight>> symbols_;
  std::vector<SymbolIndex> dead_;
};

}  // namespace k2::flow
