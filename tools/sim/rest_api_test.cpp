#include "tools/sim/rest_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr UtcTime kNow{1'700'000'010s};

// Ten trades of BTCUSDT, 100 ms apart, ids 100..109; two of each order.
class RestDialogue : public testing::Test {
 protected:
  RestDialogue() {
    SymbolIndex const btc = symbols_.add(Symbol::parse("BTCUSDT").value());
    symbols_.add(Symbol::parse("ETHUSDT").value());
    for (std::uint64_t i = 0; i < 10; ++i) {
      PublishedTrade trade;
      trade.symbol = btc;
      trade.id = TradeId{100 + i};
      trade.price = Price::parse("4.000001").value();
      trade.quantity = Quantity::parse("12").value();
      trade.traded_at = UtcTime{1'700'000'000s + (i / 2) * 100ms + 7us};
      trade.buyer_is_maker = i % 4 < 2;
      EXPECT_TRUE(store_.add(trade));
    }
  }

  RestReply get(std::string_view target, std::string_view unit = {}, UtcTime now = kNow) {
    return api_.answer({"GET", target, "10.0.0.1", unit}, now);
  }
  std::vector<std::int64_t> ids(std::string_view target, char const* key = "id") {
    std::vector<std::int64_t> all;
    for (auto const& row : nlohmann::json::parse(get(target).body)) all.push_back(row.at(key));
    return all;
  }
  static std::string header(RestReply const& reply, std::string_view name) {
    for (auto const& [key, text] : reply.headers) {
      if (key == name) return text;
    }
    return "absent";
  }

  SymbolTable symbols_;
  TradeStore store_{1000};
  RestApi api_{RestLimits{}, symbols_, store_};
};

TEST_F(RestDialogue, PingAndTime) {
  EXPECT_EQ(get("/api/v3/ping").body, "{}");
  EXPECT_EQ(get("/api/v3/time").body, R"({"serverTime":1700000010000})");
  EXPECT_EQ(get("/api/v3/time", "MICROSECOND").body, R"({"serverTime":1700000010000000})");
}

TEST_F(RestDialogue, ATradeHasTheRowOfTheExchange) {
  EXPECT_EQ(get("/api/v3/trades?symbol=BTCUSDT&limit=1").body,
            R"([{"id":109,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.00001200",)"
            R"("time":1700000000400,"isBuyerMaker":true,"isBestMatch":true}])");
  EXPECT_THAT(get("/api/v3/trades?symbol=BTCUSDT&limit=1", "MICROSECOND").body,
              HasSubstr(R"("time":1700000000400007)"));
}

TEST_F(RestDialogue, HistoricalTradesBeginAtTheIdAskedFor) {
  EXPECT_THAT(ids("/api/v3/historicalTrades?symbol=BTCUSDT&fromId=103&limit=3"),
              testing::ElementsAre(103, 104, 105));
  EXPECT_THAT(ids("/api/v3/historicalTrades?symbol=BTCUSDT&limit=2"),
              testing::ElementsAre(108, 109));
  EXPECT_EQ(get("/api/v3/historicalTrades?symbol=BTCUSDT&fromId=110").body, "[]");
  EXPECT_EQ(get("/api/v3/historicalTrades?symbol=ETHUSDT&fromId=1").body, "[]");
}

TEST_F(RestDialogue, AnIdOlderThanWhatIsKeptBeginsLaterWithoutError) {
  EXPECT_THAT(ids("/api/v3/historicalTrades?symbol=BTCUSDT&fromId=1&limit=2"),
              testing::ElementsAre(100, 101));
}

TEST_F(RestDialogue, AggregatesTheFillsOfAnOrder) {
  EXPECT_EQ(get("/api/v3/aggTrades?symbol=BTCUSDT&fromId=2&limit=1").body,
            R"([{"a":2,"p":"4.00000100","q":"24.00000000","f":102,"l":103,"T":1700000000100,)"
            R"("m":false,"M":true}])");
  EXPECT_THAT(ids("/api/v3/aggTrades?symbol=BTCUSDT&limit=2", "a"), testing::ElementsAre(4, 5));
  EXPECT_THAT(
      ids("/api/v3/aggTrades?symbol=BTCUSDT&startTime=1700000000100&endTime=1700000000200", "a"),
      testing::ElementsAre(2, 3));
}

TEST_F(RestDialogue, KlinesCountTheirTrades) {
  EXPECT_EQ(get("/api/v3/klines?symbol=BTCUSDT&interval=1s").body,
            R"([[1700000000000,"4.00000100","4.00000100","4.00000100","4.00000100",)"
            R"("120.00000000",1700000000999,"480.00012000",10,"48.00000000","192.00004800","0"]])");
  EXPECT_EQ(get("/api/v3/klines?symbol=BTCUSDT&interval=7m").body,
            R"({"code":-1120,"msg":"Invalid interval."})");
}

TEST_F(RestDialogue, ExchangeInfoHasWhatClientsRead) {
  auto const info = nlohmann::json::parse(get("/api/v3/exchangeInfo").body);
  EXPECT_EQ(info["rateLimits"][0]["rateLimitType"], "REQUEST_WEIGHT");
  EXPECT_EQ(info["rateLimits"][0]["limit"], 6000);
  ASSERT_EQ(info["symbols"].size(), 2U);
  EXPECT_EQ(info["symbols"][1]["symbol"], "ETHUSDT");
  EXPECT_EQ(info["symbols"][1]["status"], "TRADING");
  EXPECT_EQ(info["symbols"][1]["baseAsset"], "ETH");
  EXPECT_EQ(info["symbols"][1]["quoteAsset"], "USDT");
  EXPECT_EQ(info["symbols"][1]["filters"][0]["filterType"], "PRICE_FILTER");
  auto const one =
      nlohmann::json::parse(get("/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22%5D").body);
  EXPECT_EQ(one["symbols"].size(), 1U);
  EXPECT_THAT(get("/api/v3/exchangeInfo?symbol=NOPE").body, StartsWith(R"({"code":-1121)"));
}

TEST_F(RestDialogue, MistakesHaveTheCodesOfTheExchange) {
  EXPECT_EQ(get("/api/v3/trades?symbol=NOPE").body, R"({"code":-1121,"msg":"Invalid symbol."})");
  EXPECT_EQ(get("/api/v3/trades?symbol=NOPE").status, 400U);
  EXPECT_THAT(get("/api/v3/trades").body, StartsWith(R"({"code":-1102)"));
  EXPECT_THAT(get("/api/v3/trades?symbol=BTCUSDT&limit=-1").body, StartsWith(R"({"code":-1100)"));
  EXPECT_THAT(get("/api/v3/time", "hours").body, StartsWith(R"({"code":-1194)"));
  EXPECT_THAT(get("/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=2").body,
              StartsWith(R"({"code":-1128)"));
  EXPECT_EQ(get("/nope").status, 404U);
  EXPECT_EQ(api_.answer({"POST", "/api/v3/ping", "c", ""}, kNow).status, 405U);
}

TEST_F(RestDialogue, EveryReplyTellsTheWeightUsed) {
  EXPECT_EQ(header(get("/api/v3/ping"), "x-mbx-used-weight-1m"), "1");
  EXPECT_EQ(header(get("/api/v3/historicalTrades?symbol=BTCUSDT"), "x-mbx-used-weight-1m"), "26");
  EXPECT_EQ(header(get("/api/v3/trades?symbol=NOPE"), "x-mbx-used-weight-1m"), "51");
  EXPECT_EQ(header(get("/api/v3/depth?symbol=BTCUSDT&limit=5000"), "x-mbx-used-weight-1m"), "301");
  EXPECT_EQ(header(get("/api/v3/ping", {}, kNow + 60s), "x-mbx-used-weight-1m"), "1");
}

TEST_F(RestDialogue, TooMuchWeightIs429UntilTheMinuteEndsAndThen418ForWhoGoesOn) {
  for (int i = 0; i < 240; ++i) EXPECT_EQ(get("/api/v3/trades?symbol=BTCUSDT").status, 200U);
  auto const slow = get("/api/v3/trades?symbol=BTCUSDT");
  EXPECT_EQ(slow.status, 429U);
  EXPECT_EQ(header(slow, "Retry-After"), "30");  // 22:13:30 of the clock minute
  EXPECT_THAT(slow.body, StartsWith(R"({"code":-1003,"msg":"Too much request weight used)"));
  for (int i = 0; i < 19; ++i) EXPECT_EQ(get("/api/v3/ping").status, 429U);
  auto const banned = get("/api/v3/ping");
  EXPECT_EQ(banned.status, 418U);
  EXPECT_EQ(header(banned, "Retry-After"), "120");
  EXPECT_EQ(get("/api/v3/ping", {}, kNow + 119s).status, 418U);
  EXPECT_EQ(get("/api/v3/ping", {}, kNow + 120s).status, 200U);
  EXPECT_EQ(api_.answer({"GET", "/api/v3/ping", "10.0.0.2", ""}, kNow).status, 200U);
}

TEST(TradeStore, ForgetsTheOldestOfAllSymbols) {
  TradeStore store{3};
  auto const add = [&](std::uint32_t symbol, std::uint64_t id) {
    PublishedTrade trade;
    trade.symbol = SymbolIndex{symbol};
    trade.id = TradeId{id};
    return store.add(trade);
  };
  EXPECT_TRUE(add(0, 1));
  EXPECT_TRUE(add(0, 2));
  EXPECT_TRUE(add(1, 50));
  EXPECT_TRUE(add(1, 51));
  EXPECT_EQ(value(store.of(SymbolIndex{0}).front().id), 2U);
  EXPECT_EQ(store.size(), 3U);
  EXPECT_FALSE(add(1, 51));
  EXPECT_EQ(store.find(SymbolIndex{1}, TradeId{51}), 1U);
  EXPECT_EQ(store.find(SymbolIndex{1}, TradeId{52}), 2U);
}

}  // namespace
}  // namespace k2::sim
