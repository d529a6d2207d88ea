#include "tools/sim/exchange_info.hpp"

#include "tools/sim/frame_text.hpp"

#include <array>

namespace k2::sim {
namespace {

// Quote assets of the exchange, read off a recorded exchangeInfo; longer ones first.
constexpr std::array<std::string_view, 24> kQuotes{
    "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "BIDR", "IDRT", "DOGE", "BTC", "ETH", "BNB",
    "TRY",   "EUR",  "BRL",  "JPY",  "GBP",  "AUD",  "PLN",  "ZAR",  "UAH",  "XRP", "TRX", "DAI"};

constexpr std::string_view kSymbolTail =
    R"("orderTypes":["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS","STOP_LOSS_LIMIT","TAKE_PROFIT",)"
    R"("TAKE_PROFIT_LIMIT"],"icebergAllowed":true,"ocoAllowed":true,"otoAllowed":true,)"
    R"("quoteOrderQtyMarketAllowed":true,"allowTrailingStop":true,"cancelReplaceAllowed":true,)"
    R"("amendAllowed":true,"pegInstructionsAllowed":true,"isSpotTradingAllowed":true,)"
    R"("isMarginTradingAllowed":true,"filters":[)"
    R"({"filterType":"PRICE_FILTER","minPrice":"0.00000001","maxPrice":"92233720368.00000000",)"
    R"("tickSize":"0.00000001"},)"
    R"({"filterType":"LOT_SIZE","minQty":"0.00000001","maxQty":"92141578736.00000000",)"
    R"("stepSize":"0.00000001"},)"
    R"({"filterType":"ICEBERG_PARTS","limit":10},)"
    R"({"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"100.00000000",)"
    R"("stepSize":"0.00000000"},)"
    R"({"filterType":"TRAILING_DELTA","minTrailingAboveDelta":10,"maxTrailingAboveDelta":2000,)"
    R"("minTrailingBelowDelta":10,"maxTrailingBelowDelta":2000},)"
    R"({"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"5","bidMultiplierDown":"0.2",)"
    R"("askMultiplierUp":"5","askMultiplierDown":"0.2","avgPriceMins":5},)"
    R"({"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,)"
    R"("maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5},)"
    R"({"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},)"
    R"({"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":5}],)"
    R"("permissions":[],"permissionSets":[["SPOT","MARGIN"]],)"
    R"("defaultSelfTradePreventionMode":"EXPIRE_MAKER",)"
    R"("allowedSelfTradePreventionModes":["EXPIRE_TAKER","EXPIRE_MAKER","EXPIRE_BOTH",)"
    R"("DECREMENT"]})";

void append_symbol(std::string_view symbol, std::string& out) {
  AssetPair const pair = split_symbol(symbol);
  out.append(R"({"symbol":")").append(symbol);
  out.append(R"(","status":"TRADING","baseAsset":")").append(pair.base);
  out.append(R"(","baseAssetPrecision":8,"quoteAsset":")").append(pair.quote);
  out.append(R"(","quotePrecision":8,"quoteAssetPrecision":8,"baseCommissionPrecision":8,)");
  out.append(R"("quoteCommissionPrecision":8,)").append(kSymbolTail);
}

}  // namespace

AssetPair split_symbol(std::string_view symbol) {
  for (std::string_view const quote : kQuotes) {
    if (symbol.size() > quote.size() && symbol.ends_with(quote)) {
      return {symbol.substr(0, symbol.size() - quote.size()), quote};
    }
  }
  return {symbol, "USDT"};
}

void append_exchange_info(std::vector<std::string_view> const& symbols, RestLimits const& limits,
                          UtcTime now, std::string& out) {
  out.append(R"({"timezone":"UTC","serverTime":)");
  append_time(now, TimeUnit::kMillisecond, out);
  out.append(R"(,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE",)");
  out.append(R"("intervalNum":1,"limit":)");
  append_number(static_cast<std::int64_t>(limits.weight_max), out);
  out.append(R"(},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},)");
  out.append(R"({"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000},)");
  out.append(R"({"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,)");
  out.append(R"("limit":300000}],"exchangeFilters":[],"symbols":[)");
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_symbol(symbols[i], out);
  }
  out.append("]}");
}

}  // namespace k2::sim
