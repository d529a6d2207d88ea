// Any bytes as a frame: no crash, no read beyond the 64 bytes of slack, and the fast path never
// differs from the general one.
#include "core/assert.hpp"
#include "feed/trade_decoder.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

using namespace k2;

constexpr std::size_t kSlack = 64;

SymbolTable make_symbols() {
  SymbolTable symbols;
  for (auto const* text : {"BTCUSDT", "ETHUSDT", "A", "这是测试币456", "A}}"}) {
    symbols.add(Symbol::parse(text).value());
  }
  return symbols;
}

void check_trade(Trade const& trade, SymbolTable const& symbols) {
  K2_ASSERT(value(trade.symbol) < symbols.size());
  K2_ASSERT(trade.price.mantissa() >= 0 && trade.quantity.mantissa() >= 0);
  K2_ASSERT(static_cast<std::int64_t>(value(trade.id)) >= 0);
  K2_ASSERT(trade.traded_at.time_since_epoch().count() >= 0);
  K2_ASSERT(trade.origin == Origin::kStream && !trade.late);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static SymbolTable const symbols = make_symbols();
  static feed::TradeDecoder decoder{symbols};
  // Exactly as long as promised, so that the sanitizer sees one byte too many. The slack repeats
  // the input, as a receive buffer has more frames there.
  auto const bytes = std::make_unique<char[]>(size + kSlack);
  for (std::size_t at = 0; at < size + kSlack; ++at) {
    bytes[at] = size == 0 ? ' ' : static_cast<char>(data[at % size]);
  }
  std::string_view const frame{bytes.get(), size};
  constexpr UtcTime kReceived{std::chrono::microseconds{1}};
  Trade trade;
  Trade general;
  Error why;
  Error general_why;
  auto const kind = decoder.decode(frame, kReceived, trade, &why);
  auto const general_kind = decoder.decode_any_shape(frame, kReceived, general, &general_why);
  K2_ASSERT(kind == general_kind);
  K2_ASSERT(why == general_why);
  if (kind == feed::FrameKind::kTrade) {
    K2_ASSERT(trade == general);
    check_trade(trade, symbols);
  }
  return 0;
}
