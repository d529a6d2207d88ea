#include "feed/rest_requests.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace k2::feed {
namespace {

TEST(RestRequests, AsksForTheNewestTrades) {
  EXPECT_EQ(trades_target(Symbol::parse("BTCUSDT").value(), 1000),
            "/api/v3/trades?symbol=BTCUSDT&limit=1000");
}

TEST(RestRequests, AsksForTradesFromAnIdOn) {
  EXPECT_EQ(historical_trades_target(Symbol::parse("ethusdt").value(), TradeId{1'520'538'925}, 500),
            "/api/v3/historicalTrades?symbol=ETHUSDT&limit=500&fromId=1520538925");
}

TEST(RestRequests, AsksForTradesFromAMomentOn) {
  EXPECT_EQ(agg_trades_target(Symbol::parse("ethusdt").value(),
                              UtcTime{std::chrono::microseconds{1'700'000'000'000'001}}, 10),
            "/api/v3/aggTrades?symbol=ETHUSDT&limit=10&startTime=1700000000001");
}

TEST(RestRequests, AsksForTheSymbolsOnly) {
  std::vector<Symbol> const symbols{Symbol::parse("BTCUSDT").value(),
                                    Symbol::parse("ETHUSDT").value()};
  EXPECT_EQ(exchange_info_target(symbols),
            "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D");
  EXPECT_EQ(exchange_info_target({}), "/api/v3/exchangeInfo");
}

TEST(RestRequests, EncodesSymbolsBeyondAscii) {
  EXPECT_EQ(trades_target(Symbol::parse("币X").value(), 1),
            "/api/v3/trades?symbol=%E5%B8%81X&limit=1");
  EXPECT_EQ(percent_encoded("aZ09-._~ +/%"), "aZ09-._~%20%2B%2F%25");
}

}  // namespace
}  // namespace k2::feed
