// A publication of the exchange simulator: one event of one stream, and the trade inside it when
// the event is one. Sources make publications, the exchange turns them into frames, the ledger and
// the trade store keep the trades. Pure; one thread. Texts belong to the source and live until its
// next call.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace k2::sim {

/// The moment at which an event was seen or made; it orders and paces the publications.
using RecordTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The unit of a connection's times.
/// Source: the exchange's stream documentation, `timeUnit` (read 2026-11-23).
enum class TimeUnit : std::uint8_t { kMillisecond, kMicrosecond };

/// The kind of a stream, from the part of its name after the `@`.
enum class StreamKind : std::uint8_t { kTrade, kAggTrade, kBookTicker, kDepth, kKline, kOther };

/// A trade as the exchange published it.
struct PublishedTrade {
  SymbolIndex symbol{};
  TradeId id{};
  Price price;
  Quantity quantity;
  /// The time at which it was matched (T).
  UtcTime traded_at{};
  /// The time at which it was pushed (E).
  UtcTime event_at{};
  bool buyer_is_maker = false;

  friend bool operator==(PublishedTrade const&, PublishedTrade const&) = default;
};

/// One event of one stream.
struct Publication {
  RecordTime at{};
  StreamKind kind = StreamKind::kOther;
  /// The unit of the times inside `data`.
  TimeUnit unit = TimeUnit::kMillisecond;
  SymbolIndex symbol{};
  /// The stream's name, for example `btcusdt@trade`.
  std::string_view stream;
  /// The JSON object that a raw connection gets as it is and a combined one gets wrapped.
  std::string_view data;
  /// Set when `kind` is kTrade.
  PublishedTrade trade;
};

/// The kind of a stream's name, `btcusdt@kline_1m` for example.
[[nodiscard]] StreamKind kind_of_stream(std::string_view stream) noexcept;

}  // namespace k2::sim
