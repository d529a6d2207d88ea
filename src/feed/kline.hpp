// A candle as far as the audit needs it: how many trades a closed minute had and which.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace k2::feed {

struct Kline {
  SymbolIndex symbol{};
  UtcTime open_at{};
  /// The last moment that still belongs to the candle.
  UtcTime close_at{};
  /// The ids of its trades; none when nothing traded (the exchange then sends -1).
  std::optional<IdRange> trades;
  /// The number of trades that the exchange counted; equals trades->count() when ids are dense.
  std::uint64_t trade_count = 0;
  /// False while the candle still moves.
  bool closed = false;

  friend bool operator==(Kline const&, Kline const&) = default;
};

}  // namespace k2::feed
