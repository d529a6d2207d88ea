#include "io/listing.hpp"

#include "feed/rest_reader.hpp"
#include "feed/rest_requests.hpp"

namespace k2::io {
namespace {

/// Names in one request; for more, the whole list is the shorter request.
constexpr std::size_t kNamesMax = 100;
/// Chosen: the whole list has some ten megabytes.
constexpr std::size_t kListingBytesMax = std::size_t{32} << 20;
/// Rows to look through for one that was not taken back. Chosen: such rows came alone.
constexpr std::uint32_t kFirstRows = 10;

Result<feed::ExchangeInfo> ask(RestCaller& rest, std::span<Symbol const> symbols) {
  auto const body = rest.get(feed::exchange_info_target(symbols), kListingBytesMax);
  if (!body) return body.error();
  return feed::RestReader{}.exchange_info(*body);
}

}  // namespace

Result<feed::ExchangeInfo> fetch_listing(RestCaller& rest, std::span<Symbol const> symbols) {
  auto info = ask(rest, symbols.size() <= kNamesMax ? symbols : std::span<Symbol const>{});
  if (!info && info.error().code == Errc::kExchangeError) info = ask(rest, {});
  return info;
}

Result<std::optional<TradeId>> fetch_next_id(RestCaller& rest, Symbol const& symbol) {
  auto const body = rest.get(feed::trades_target(symbol, 1));
  if (!body) return body.error();
  feed::RestReader reader;
  auto const rows = reader.trades(*body, SymbolIndex{0}, UtcTime{});
  if (!rows) return rows.error();
  if (!rows->trades.empty()) return std::optional{next(rows->trades.back().id)};
  return rows->bad.empty() || !rows->bad.back().id ? std::optional<TradeId>{}
                                                   : std::optional{next(*rows->bad.back().id)};
}

Result<std::optional<TradeId>> fetch_first_id(RestCaller& rest, Symbol const& symbol,
                                              UtcTime from) {
  auto const body = rest.get(feed::agg_trades_target(symbol, from, kFirstRows));
  if (!body) return body.error();
  return feed::RestReader{}.first_trade_id(*body);
}

}  // namespace k2::io
