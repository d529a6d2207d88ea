#include "io/listing.hpp"

#include "feed/rest_reader.hpp"
#include "feed/rest_requests.hpp"

namespace k2::io {
namespace {

/// Names in one request; with more, the whole list is shorter to ask for.
constexpr std::size_t kNamesMax = 100;
/// Rows to look through for one that was not taken back. Chosen: such rows came alone.
constexpr std::uint32_t kFirstRows = 10;

Result<feed::ExchangeInfo> ask(RestCaller& rest, std::span<Symbol const> symbols) {
  auto const body = rest.get(feed::exchange_info_target(symbols));
  if (!body) return body.error();
  return feed::RestReader{}.exchange_info(*body);
}

}  // namespace

Result<feed::ExchangeInfo> fetch_listing(RestCaller& rest, std::span<Symbol const> symbols) {
  auto info = ask(rest, symbols.size() <= kNamesMax ? symbols : std::span<Symbol const>{});
  if (!info && info.error().code == Errc::kExchangeError) info = ask(rest, {});
  return info;
}

Result<std::optional<TradeId>> fetch_first_id(RestCaller& rest, Symbol const& symbol,
                                              UtcTime from) {
  auto const body = rest.get(feed::agg_trades_target(symbol, from, kFirstRows));
  if (!body) return body.error();
  return feed::RestReader{}.first_trade_id(*body);
}

}  // namespace k2::io
