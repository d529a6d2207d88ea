// Trades and journal batches for tests: each field follows from the trade's id.
#pragma once

#include "core/symbol.hpp"
#include "core/trade.hpp"
#include "sink/block.hpp"

#include <cstdint>

namespace k2::test {

inline UtcTime at_us(std::int64_t micros) {
  return UtcTime{std::chrono::microseconds{micros}};
}

inline constexpr std::int64_t kSampleStartUs = 1'723'161'255'000'000;

inline Trade sample_trade(std::uint64_t id, SymbolIndex symbol = SymbolIndex{0}) {
  // Ids near the end of their range begin again in time.
  auto const time = kSampleStartUs + static_cast<std::int64_t>(id % 1'000'000'000'000) * 1'000;
  return {.symbol = symbol,
          .side = id % 2 == 0 ? Side::kBuy : Side::kSell,
          .id = TradeId{id},
          .price = Price::from_mantissa(6'183'763'000'000 + static_cast<std::int64_t>(id)),
          .quantity = Quantity::from_mantissa(2'000'000 + static_cast<std::int64_t>(id)),
          .traded_at = at_us(time),
          .event_at = at_us(time + 1'000),
          .received_at = at_us(time + 1'500)};
}

/// A builder that knows BTCUSDT as 0 and ETHUSDT as 1.
inline sink::BlockBuilder sample_builder(std::uint64_t next_sequence = 1,
                                         std::uint32_t records_max = 256) {
  sink::BlockBuilder builder{next_sequence, records_max};
  builder.add_symbol(SymbolIndex{0}, Symbol::parse("BTCUSDT").value(), "USDT");
  builder.add_symbol(SymbolIndex{1}, Symbol::parse("ETHUSDT").value(), "USDT");
  return builder;
}

}  // namespace k2::test
