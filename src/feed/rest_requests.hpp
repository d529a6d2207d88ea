// The REST requests that K2 makes, as targets of GET. Who sends them, when, and inside which
// budget of weight is decided elsewhere.
#pragma once

#include "core/ids.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace k2::feed {

/// Sent with every request, so that times come in microseconds as they do on the streams.
/// Source: REST documentation, general information (read 2026-11-23).
inline constexpr std::string_view kTimeUnitHeader = "X-MBX-TIME-UNIT: MICROSECOND";

inline constexpr std::string_view kPingTarget = "/api/v3/ping";
inline constexpr std::string_view kServerTimeTarget = "/api/v3/time";

/// The newest trades, served from memory: the freshest source there is.
/// Units: rows, 1..kTradesPerReply.
[[nodiscard]] std::string trades_target(Symbol const& symbol, std::uint32_t limit);

/// Trades from an id on, that id included, as far as the exchange keeps them.
/// Units: rows, 1..kTradesPerReply.
[[nodiscard]] std::string historical_trades_target(Symbol const& symbol, TradeId from,
                                                   std::uint32_t limit);

/// Trades that share a price and an order, from a moment on: where a tape by time begins.
/// Units: rows, 1..kTradesPerReply. Weight 4. Source: REST documentation, compressed trades.
[[nodiscard]] std::string agg_trades_target(Symbol const& symbol, UtcTime from,
                                            std::uint32_t limit);

/// Limits, and status and currencies of the symbols named; of all symbols when none is.
[[nodiscard]] std::string exchange_info_target(std::span<Symbol const> symbols);

/// Encodes bytes other than letters, digits and -._~ as %XX, as RFC 3986 requires in a query's
/// value.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace k2::feed
