// Any bytes as the body of a REST reply: no crash, and what comes out as a trade is one.
#include "core/assert.hpp"
#include "feed/rest_reader.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace k2;
  static feed::RestReader reader;
  std::string_view const body{reinterpret_cast<char const*>(data), size};
  constexpr SymbolIndex kSymbol{3};
  constexpr UtcTime kReceived{std::chrono::microseconds{1}};
  if (auto const rows = reader.trades(body, kSymbol, kReceived)) {
    for (auto const& trade : rows->trades) {
      K2_ASSERT(trade.symbol == kSymbol && trade.origin == Origin::kRest);
      K2_ASSERT(trade.event_at == kNoTime);
      K2_ASSERT(trade.price.mantissa() >= 0 && trade.quantity.mantissa() >= 0);
      K2_ASSERT(static_cast<std::int64_t>(value(trade.id)) >= 0);
    }
    for (auto const& bad : rows->bad) {
      K2_ASSERT(bad.why.code != Errc::kOk);
      K2_ASSERT(!bad.text.empty() && body.find(bad.text) != std::string_view::npos);
    }
  }
  if (auto const info = reader.exchange_info(body)) {
    for (auto const& symbol : info->symbols) K2_ASSERT(info->find(symbol.name) != nullptr);
  }
  (void)reader.server_time(body);
  K2_ASSERT(reader.error(body).code != Errc::kOk);
  return 0;
}
