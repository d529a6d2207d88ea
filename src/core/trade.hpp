// The trade: what every stage of K2 carries, at most a cache line, trivially copyable.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <limits>

namespace k2 {

/// The side of the aggressor (taker).
enum class Side : std::uint8_t { kBuy, kSell };

/// The way in which a trade reached K2.
enum class Origin : std::uint8_t { kStream, kRest };

/// A trade that has no event time: REST rows carry none.
inline constexpr UtcTime kNoTime{
    std::chrono::microseconds{std::numeric_limits<std::int64_t>::min()}};

struct Trade {
  SymbolIndex symbol{};
  Side side = Side::kBuy;
  Origin origin = Origin::kStream;
  /// Set by the sequencer on a trade that came back after its gap had been declared.
  bool late = false;
  TradeId id{};
  Price price;
  Quantity quantity;
  /// The time at which the exchange matched it (T).
  UtcTime traded_at{};
  /// The time at which the exchange pushed it (E), or kNoTime.
  UtcTime event_at = kNoTime;
  /// The time at which its bytes were read from this machine's socket.
  UtcTime received_at{};

  friend bool operator==(Trade const&, Trade const&) = default;
};

static_assert(sizeof(Trade) <= 64);

}  // namespace k2
