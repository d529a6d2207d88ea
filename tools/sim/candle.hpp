// A candlestick: what a span of time's trades amount to, as the exchange reports it over its kline
// streams and REST. Pure.
#pragma once

#include "tools/sim/publication.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sim {

/// Price times quantity summed up; wider than 64 bits. Units: 1e-16.
__extension__ using QuoteSum = unsigned __int128;

struct Candle {
  UtcTime open_at{};
  Price open;
  Price high;
  Price low;
  Price close;
  QuoteSum volume = 0;  // units: 1e-8
  QuoteSum quote_volume = 0;
  QuoteSum taker_buy_volume = 0;  // units: 1e-8
  QuoteSum taker_buy_quote_volume = 0;
  std::uint64_t count = 0;
  TradeId first{};
  TradeId last{};

  void add(TradeId id, Price price, Quantity quantity, bool buyer_is_maker);
};

/// An empty candle that opens at the price the one before closed at.
[[nodiscard]] Candle empty_candle(UtcTime open_at, Price price);

/// The length of an interval like 1s, 1m, 4h, 1d, 1w; none for one that has no fixed length or is
/// not known.
[[nodiscard]] std::optional<std::chrono::seconds> interval_length(std::string_view interval);

/// The start of the interval that an instant lies in; weeks begin on Monday.
[[nodiscard]] UtcTime interval_start(UtcTime time, std::chrono::seconds length);

/// Appends the `data` of a kline event.
/// Source: the exchange's stream documentation, kline streams (read 2026-11-23).
void append_kline_event(Candle const& candle, std::string_view symbol, std::string_view interval,
                        UtcTime event_at, bool closed, TimeUnit unit, std::string& out);

/// Appends a row of REST's klines, an array of twelve.
void append_kline_row(Candle const& candle, std::chrono::seconds length, TimeUnit unit,
                      std::string& out);

}  // namespace k2::sim
