// The rows of /trades and /historicalTrades as Trades. They equal the stream's own except for the
// event time, which REST does not contain. RestReader makes them.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/trade.hpp"

#include <optional>
#include <string>
#include <vector>

namespace k2::feed {

/// A row that is no trade: for the dead letters.
struct BadRow {
  /// The row's id, when that much could be read.
  std::optional<TradeId> id;
  Error why;
  /// The row as it came.
  std::string text;
};

struct TradeRows {
  /// The trades in the order of the body (the exchange sends ascending ids). Origin::kRest, no
  /// event time.
  std::vector<Trade> trades;
  std::vector<BadRow> bad;
};

}  // namespace k2::feed
