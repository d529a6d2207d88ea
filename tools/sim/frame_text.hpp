// The exchange's JSON, key for key and digit for digit: what a source without recorded frames
// prints, and what becomes of a recorded frame whose ids or times must move. Pure.
#pragma once

#include "tools/sim/publication.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::sim {

/// The shift of the numbers of a frame when a recording is played again.
struct NumberShift {
  std::int64_t trade_ids = 0;
  std::int64_t agg_ids = 0;
  std::int64_t update_ids = 0;
  std::chrono::microseconds time{};
};

/// An aggregate trade: the fills of one taker order at one price.
struct AggTrade {
  SymbolIndex symbol{};
  std::uint64_t id = 0;
  TradeId first{};
  TradeId last{};
  Price price;
  Quantity quantity;
  UtcTime traded_at{};
  bool buyer_is_maker = false;
};

/// Appends a whole number in decimal digits.
void append_number(std::int64_t number, std::string& out);

/// Appends an instant in the given unit.
void append_time(UtcTime time, TimeUnit unit, std::string& out);

/// Appends a mantissa at scale 8 with all eight places.
void append_decimal(std::int64_t mantissa, std::string& out);

/// Appends price times quantity with eight places, cut, as the exchange prints `quoteQty`.
void append_quote_quantity(Price price, Quantity quantity, std::string& out);

/// Appends the `data` of a `trade` event.
/// Source: the exchange's stream documentation, trade streams (read 2026-11-23).
void append_trade_event(PublishedTrade const& trade, std::string_view symbol, TimeUnit unit,
                        std::string& out);

/// Appends the `data` of an `aggTrade` event.
void append_agg_trade_event(AggTrade const& trade, std::string_view symbol, UtcTime event_at,
                            TimeUnit unit, std::string& out);

/// Appends a frame's data with its ids and times shifted and its times in the given unit; all other
/// bytes stay unchanged.
void append_rewritten(std::string_view data, StreamKind kind, NumberShift const& shift,
                      TimeUnit unit, std::string& out);

}  // namespace k2::sim
