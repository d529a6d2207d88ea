// The answers of the exchange's REST API, route by route; the way to a route is in rest_api.cpp.
#include "tools/sim/candle.hpp"
#include "tools/sim/exchange_info.hpp"
#include "tools/sim/frame_text.hpp"
#include "tools/sim/rest_api.hpp"
#include "tools/sim/rest_call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace k2::sim {
namespace {

// Source: the exchange's REST documentation: 500 by default, 1,000 at most.
constexpr std::size_t kLimitDefault = 500;
constexpr std::size_t kLimitMax = 1000;

}  // namespace

std::optional<RestApi::Refusal> RestApi::ping(Call const& /*call*/, std::string& body) const {
  body = "{}";
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::time(Call const& call, std::string& body) const {
  body = R"({"serverTime":)";
  append_time(call.now, call.unit, body);
  body.push_back('}');
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::exchange_info(Call const& call, std::string& body) const {
  std::vector<std::string_view> names;
  if (auto const one = call.target.find("symbol")) {
    names.push_back(*one);
  } else if (auto const many = call.target.find("symbols")) {
    auto const json = nlohmann::json::parse(*many, nullptr, false);
    if (!json.is_array())
      return Refusal{400, -1100,
                     "Illegal characters found in parameter "
                     "'symbols'."};
    for (auto const& name : json) {
      auto const found = name.is_string() ? symbols_.find(name.get<std::string>()) : std::nullopt;
      if (!found) return Refusal{400, -1121, "Invalid symbol."};
      names.push_back(symbols_[*found].text());
    }
  } else {
    for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
      names.push_back(symbols_[SymbolIndex{i}].text());
    }
  }
  for (std::string_view const name : names) {
    if (!symbols_.find(name)) return Refusal{400, -1121, "Invalid symbol."};
  }
  append_exchange_info(names, limits_, call.now, body);
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::take_symbol(Call const& call, SymbolIndex& symbol) const {
  auto const name = call.target.find("symbol");
  if (!name || name->empty()) {
    return Refusal{400, -1102,
                   "Mandatory parameter 'symbol' was not sent, was empty/null, or "
                   "malformed."};
  }
  auto const found = symbols_.find(*name);
  if (!found) return Refusal{400, -1121, "Invalid symbol."};
  symbol = *found;
  for (std::string_view const number : {"limit", "fromId", "startTime", "endTime"}) {
    if (number_of(call.target, number).valid) continue;
    return Refusal{400, -1100,
                   "Illegal characters found in parameter '" + std::string{number} +
                       "'; legal range is '^[0-9]{1,20}$'."};
  }
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::trades(Call const& call, std::string& body) const {
  SymbolIndex symbol{};
  if (auto refusal = take_symbol(call, symbol)) return refusal;
  append_newest(call, symbol, store_.of(symbol).size(), body);
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::historical_trades(Call const& call,
                                                           std::string& body) const {
  SymbolIndex symbol{};
  if (auto refusal = take_symbol(call, symbol)) return refusal;
  std::size_t const until = known(call, symbol);
  auto const from = number_of(call.target, "fromId").number;
  if (!from) {
    append_newest(call, symbol, until, body);
    return std::nullopt;
  }
  std::size_t const limit = limit_of(call.target, kLimitDefault, kLimitMax);
  // An id older than what is kept is no error: the rows then begin later.
  std::size_t const at = store_.find(symbol, TradeId{static_cast<std::uint64_t>(*from)});
  append_trades(symbol, at, std::min(until, at + limit), call.unit, body);
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::agg_trades(Call const& call, std::string& body) const {
  SymbolIndex symbol{};
  if (auto refusal = take_symbol(call, symbol)) return refusal;
  auto const from = number_of(call.target, "fromId").number;
  auto const start = number_of(call.target, "startTime").number;
  auto const end = number_of(call.target, "endTime").number;
  if (from && (start || end)) {
    return Refusal{400, -1128, "Combination of optional parameters invalid."};
  }
  std::size_t const limit = limit_of(call.target, kLimitDefault, kLimitMax);
  auto const& trades = store_.of(symbol);
  std::size_t until = known(call, symbol);
  if (end) until = std::min(until, store_.find_time(symbol, time_from_number(*end + 1)));
  if (from) {
    append_aggs(symbol, store_.find_agg(symbol, static_cast<std::uint64_t>(*from)), until, limit,
                call.unit, body);
    return std::nullopt;
  }
  if (start) {
    append_aggs(symbol, store_.find_time(symbol, time_from_number(*start)), until, limit, call.unit,
                body);
    return std::nullopt;
  }
  std::uint64_t first_id = 0;
  if (until > 0 && trades[until - 1].agg_id >= limit) {
    first_id = trades[until - 1].agg_id - limit + 1;
  }
  append_aggs(symbol, store_.find_agg(symbol, first_id), until, limit, call.unit, body);
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::depth(Call const& call, std::string& body) const {
  SymbolIndex symbol{};
  if (auto refusal = take_symbol(call, symbol)) return refusal;
  auto const& trades = store_.of(symbol);
  if (trades.empty()) {
    body = R"({"lastUpdateId":0,"bids":[],"asks":[]})";
    return std::nullopt;
  }
  // One level per side around the last trade: the simulator has no order book.
  StoredTrade const& last = trades.back();
  std::int64_t const step = std::max<std::int64_t>(1, last.price.mantissa() / 100'000);
  auto const level = [&](std::int64_t price) {
    body.append(R"([[")");
    append_decimal(std::max<std::int64_t>(0, price), body);
    body.append(R"(","1.00000000"]])");
  };
  body = R"({"lastUpdateId":)";
  append_number(static_cast<std::int64_t>(value(last.id)), body);
  body.append(R"(,"bids":)");
  level(last.price.mantissa() - step);
  body.append(R"(,"asks":)");
  level(last.price.mantissa() + step);
  body.push_back('}');
  return std::nullopt;
}

std::optional<RestApi::Refusal> RestApi::klines(Call const& call, std::string& body) const {
  SymbolIndex symbol{};
  if (auto refusal = take_symbol(call, symbol)) return refusal;
  auto const length = interval_length(call.target.find("interval").value_or(""));
  if (!length) return Refusal{400, -1120, "Invalid interval."};
  std::size_t const limit = limit_of(call.target, kLimitDefault, kLimitMax);
  auto const start = number_of(call.target, "startTime").number;
  auto const end = number_of(call.target, "endTime").number;
  auto const& trades = store_.of(symbol);
  std::size_t const until = known(call, symbol);
  std::vector<Candle> candles;
  for (std::size_t at = start ? store_.find_time(symbol, time_from_number(*start)) : 0; at < until;
       ++at) {
    StoredTrade const& trade = trades[at];
    if (end && trade.traded_at > time_from_number(*end)) break;
    UtcTime const open_at = interval_start(trade.traded_at, *length);
    if (candles.empty() || candles.back().open_at < open_at) {
      if (start && candles.size() == limit) break;
      candles.push_back(empty_candle(open_at, trade.price));
    }
    candles.back().add(trade.id, trade.price, trade.quantity, trade.buyer_is_maker);
  }
  body.push_back('[');
  for (std::size_t i = candles.size() - std::min(limit, candles.size()); i < candles.size(); ++i) {
    if (body.size() > 1) body.push_back(',');
    append_kline_row(candles[i], *length, call.unit, body);
  }
  body.push_back(']');
  return std::nullopt;
}

std::size_t RestApi::known(Call const& call, SymbolIndex symbol) const {
  return call.database_at ? store_.find_published_after(symbol, *call.database_at)
                          : store_.of(symbol).size();
}

void RestApi::append_newest(Call const& call, SymbolIndex symbol, std::size_t until,
                            std::string& body) const {
  std::size_t const limit = limit_of(call.target, kLimitDefault, kLimitMax);
  append_trades(symbol, until - std::min(until, limit), until, call.unit, body);
}

void RestApi::append_trades(SymbolIndex symbol, std::size_t from, std::size_t until, TimeUnit unit,
                            std::string& body) const {
  auto const& trades = store_.of(symbol);
  body.push_back('[');
  for (std::size_t at = from; at < until; ++at) {
    StoredTrade const& trade = trades[at];
    body.append(at > from ? R"(,{"id":)" : R"({"id":)");
    append_number(static_cast<std::int64_t>(value(trade.id)), body);
    body.append(R"(,"price":")");
    append_decimal(trade.price.mantissa(), body);
    body.append(R"(","qty":")");
    append_decimal(trade.quantity.mantissa(), body);
    body.append(R"(","quoteQty":")");
    append_quote_quantity(trade.price, trade.quantity, body);
    body.append(R"(","time":)");
    append_time(trade.traded_at, unit, body);
    body.append(trade.buyer_is_maker ? R"(,"isBuyerMaker":true,"isBestMatch":true})"
                                     : R"(,"isBuyerMaker":false,"isBestMatch":true})");
  }
  body.push_back(']');
}

void RestApi::append_aggs(SymbolIndex symbol, std::size_t from, std::size_t until,
                          std::size_t limit, TimeUnit unit, std::string& body) const {
  body.push_back('[');
  for (std::size_t at = from, count = 0; at < until && count < limit; ++count) {
    AggTrade const agg = store_.take_agg(symbol, at);
    body.append(count > 0 ? R"(,{"a":)" : R"({"a":)");
    append_number(static_cast<std::int64_t>(agg.id), body);
    body.append(R"(,"p":")");
    append_decimal(agg.price.mantissa(), body);
    body.append(R"(","q":")");
    append_decimal(agg.quantity.mantissa(), body);
    body.append(R"(","f":)");
    append_number(static_cast<std::int64_t>(value(agg.first)), body);
    body.append(R"(,"l":)");
    append_number(static_cast<std::int64_t>(value(agg.last)), body);
    body.append(R"(,"T":)");
    append_time(agg.traded_at, unit, body);
    body.append(agg.buyer_is_maker ? R"(,"m":true,"M":true})" : R"(,"m":false,"M":true})");
  }
  body.push_back(']');
}

}  // namespace k2::sim
