#include "feed/rest_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'700'000'000'000'000}};

UtcTime at_us(std::int64_t us) {
  return UtcTime{std::chrono::microseconds{us}};
}

constexpr std::string_view kRow =
    R"({"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012",)"
    R"("time":1499865549590,"isBuyerMaker":true,"isBestMatch":true})";

TEST(RestTrades, EqualTheStreamsButForTheEventTime) {
  RestReader reader;
  std::string const body = "[" + std::string{kRow} +
                           R"(,{"isBestMatch":true,"isBuyerMaker":false,"time":1499865549590123,)"
                           R"("qty":"0.5","price":"0.00000001","id":28458}])";
  auto const rows = reader.trades(body, SymbolIndex{7}, kReceived).value();
  EXPECT_TRUE(rows.bad.empty());
  ASSERT_EQ(rows.trades.size(), 2U);
  Trade expected;
  expected.symbol = SymbolIndex{7};
  expected.side = Side::kSell;
  expected.origin = Origin::kRest;
  expected.id = TradeId{28'457};
  expected.price = Price::from_mantissa(400'000'100);
  expected.quantity = Quantity::from_mantissa(1'200'000'000);
  expected.traded_at = at_us(1'499'865'549'590'000);
  expected.event_at = kNoTime;
  expected.received_at = kReceived;
  EXPECT_EQ(rows.trades[0], expected);
  expected.side = Side::kBuy;
  expected.id = TradeId{28'458};
  expected.price = Price::from_mantissa(1);
  expected.quantity = Quantity::from_mantissa(50'000'000);
  expected.traded_at = at_us(1'499'865'549'590'123);
  EXPECT_EQ(rows.trades[1], expected);
}

TEST(RestTrades, MayBeNone) {
  RestReader reader;
  auto const rows = reader.trades(" [ ] ", SymbolIndex{0}, kReceived).value();
  EXPECT_TRUE(rows.trades.empty());
  EXPECT_TRUE(rows.bad.empty());
}

TEST(RestTrades, SetABadRowAsideWholeAndKeepTheOthers) {
  RestReader reader;
  std::string const body = R"([{"id":1,"price":"1","qty":"1","time":1,"isBuyerMaker":true},)"
                           R"({"id":2,"price":"1e9","qty":"1","time":1,"isBuyerMaker":true} ,)"
                           R"({"id":3,"qty":"1","time":1,"isBuyerMaker":true},)"
                           R"([4], -4 ,)"
                           R"({"id":"5","price":"1","qty":"1","time":1,"isBuyerMaker":true},)"
                           R"({"id":6,"price":"1","qty":"1","time":1,"isBuyerMaker":true}])";
  auto const rows = reader.trades(body, SymbolIndex{0}, kReceived).value();
  ASSERT_EQ(rows.trades.size(), 2U);
  EXPECT_EQ(rows.trades[0].id, TradeId{1});
  EXPECT_EQ(rows.trades[1].id, TradeId{6});
  ASSERT_EQ(rows.bad.size(), 5U);
  EXPECT_EQ(rows.bad[0].id, TradeId{2});
  EXPECT_EQ(rows.bad[0].why, (Error{Errc::kDecimalSyntax, "price: 1e9"}));
  EXPECT_EQ(rows.bad[0].text, R"({"id":2,"price":"1e9","qty":"1","time":1,"isBuyerMaker":true})");
  EXPECT_EQ(rows.bad[1].id, TradeId{3});
  EXPECT_EQ(rows.bad[1].why, (Error{Errc::kFieldMissing, "price"}));
  EXPECT_EQ(rows.bad[2].id, std::nullopt);
  EXPECT_EQ(rows.bad[2].why, (Error{Errc::kFieldInvalid, "a row is not an object"}));
  EXPECT_EQ(rows.bad[2].text, "[4]");
  EXPECT_EQ(rows.bad[3].text, "-4");
  EXPECT_EQ(rows.bad[4].id, std::nullopt);
  EXPECT_EQ(rows.bad[4].why, (Error{Errc::kFieldInvalid, "id"}));
}

TEST(RestTrades, AreNotReadFromABodyThatIsCutAnywhere) {
  RestReader reader;
  std::string const body = "[" + std::string{kRow} + "," + std::string{kRow} + "]";
  ASSERT_TRUE(reader.trades(body, SymbolIndex{0}, kReceived).has_value());
  for (std::size_t length = 0; length < body.size(); ++length) {
    auto const rows = reader.trades(body.substr(0, length), SymbolIndex{0}, kReceived);
    ASSERT_TRUE(rows.has_error()) << length;
    EXPECT_EQ(rows.error().code, Errc::kJsonSyntax) << length;
  }
}

TEST(RestReader, FindsTheFirstTradeOfRowsOfWhichSomeWereTakenBack) {
  RestReader reader;
  EXPECT_EQ(reader.first_trade_id("[]").value(), std::nullopt);
  EXPECT_EQ(reader
                .first_trade_id(R"([{"a":1,"p":"0","q":"0","f":-1,"l":-1,"T":1,"m":true},)"
                                R"({"a":2,"p":"1","q":"2","f":70,"l":72,"T":1,"m":true},)"
                                R"({"a":3,"p":"1","q":"2","f":73,"l":73,"T":1,"m":true}])")
                .value(),
            TradeId{70});
  EXPECT_EQ(reader.first_trade_id(R"({"code":-1121,"msg":"Invalid symbol."})").error().code,
            Errc::kExchangeError);
  EXPECT_EQ(reader.first_trade_id(R"([{"f":7})").error().code, Errc::kJsonSyntax);
}

TEST(RestReader, KnowsAnErrorOfTheExchangeWhateverWasAsked) {
  RestReader reader;
  constexpr std::string_view kBody = R"({"code":-1121,"msg":"Invalid symbol."})";
  Error const expected{Errc::kExchangeError, "-1121 Invalid symbol."};
  EXPECT_EQ(reader.trades(kBody, SymbolIndex{0}, kReceived).error(), expected);
  EXPECT_EQ(reader.exchange_info(kBody).error(), expected);
  EXPECT_EQ(reader.server_time(kBody).error(), expected);
  EXPECT_EQ(reader.error(kBody), expected);
}

TEST(RestReader, QuotesABodyThatIsNoneOfTheExchanges) {
  RestReader reader;
  EXPECT_EQ(reader.error("<html>busy</html>"), (Error{Errc::kHttpStatus, "<html>busy</html>"}));
  EXPECT_EQ(reader.error(""), (Error{Errc::kHttpStatus, ""}));
  EXPECT_EQ(reader.error(R"({"message":"x"})").code, Errc::kHttpStatus);
  EXPECT_EQ(reader.trades("{}", SymbolIndex{0}, kReceived).error().code, Errc::kJsonSyntax);
  EXPECT_EQ(reader.trades("7", SymbolIndex{0}, kReceived).error().code, Errc::kJsonSyntax);
}

TEST(RestReader, TellsTheExchangesClockInEitherUnit) {
  RestReader reader;
  EXPECT_EQ(reader.server_time(R"({"serverTime":1499827319559})").value(),
            at_us(1'499'827'319'559'000));
  EXPECT_EQ(reader.server_time(R"({"serverTime":1499827319559123})").value(),
            at_us(1'499'827'319'559'123));
  EXPECT_EQ(reader.server_time("{}").error(), (Error{Errc::kFieldMissing, "serverTime"}));
  EXPECT_EQ(reader.server_time(R"({"serverTime":"1"})").error(),
            (Error{Errc::kFieldInvalid, "serverTime"}));
  EXPECT_EQ(reader.server_time("[]").error().code, Errc::kJsonSyntax);
}

TEST(RestReader, RefusesMoreRowsThanAReplyMayHave) {
  RestReader reader;
  auto const rows = [](int count, char const* row) {
    std::string body = "[";
    for (int at = 0; at < count; ++at) body.append(at > 0 ? "," : "").append(row);
    return body + "]";
  };
  EXPECT_EQ(reader.trades(rows(1'000, "{}"), SymbolIndex{0}, {})->bad.size(), 1'000U);
  EXPECT_EQ(reader.trades(rows(1'001, "{}"), SymbolIndex{0}, {}).error(),
            (Error{Errc::kFieldInvalid, "more than 1000 rows in one reply"}));
  EXPECT_EQ(reader.trades(rows(300'000, "1"), SymbolIndex{0}, {}).error().code,
            Errc::kFieldInvalid);
}

constexpr std::string_view kInfo =
    R"({"timezone":"UTC","serverTime":1565246363776,"rateLimits":[)"
    R"({"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000},)"
    R"({"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},)"
    R"({"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":300000}],)"
    R"("exchangeFilters":[],"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH",)"
    R"("baseAssetPrecision":8,"quoteAsset":"BTC","filters":[{"filterType":"LOT_SIZE"}]},)"
    R"({"symbol":"这是测试币456","status":"CANCEL_ONLY","baseAsset":"这","quoteAsset":"456"}]})";

TEST(ExchangeInfo, TellsLimitsAndSymbols) {
  RestReader reader;
  auto const info = reader.exchange_info(kInfo).value();
  ASSERT_EQ(info.rate_limits.size(), 3U);
  EXPECT_EQ(info.rate_limits[2], (RateLimit{"RAW_REQUESTS", std::chrono::minutes{5}, 300'000}));
  EXPECT_EQ(info.weight_per_minute(), 6'000U);
  ASSERT_EQ(info.symbols.size(), 2U);
  ASSERT_NE(info.find("ETHBTC"), nullptr);
  EXPECT_EQ(*info.find("ETHBTC"), (ListedSymbol{"ETHBTC", "TRADING", "ETH", "BTC"}));
  EXPECT_TRUE(info.find("ETHBTC")->trading());
  EXPECT_FALSE(info.find("这是测试币456")->trading());
  EXPECT_EQ(info.find("BTCUSDT"), nullptr);
}

TEST(ExchangeInfo, SaysWhatItLacks) {
  RestReader reader;
  EXPECT_EQ(reader.exchange_info(R"({"rateLimits":[]})").error(),
            (Error{Errc::kFieldMissing, "symbols"}));
  EXPECT_EQ(reader.exchange_info(R"({"symbols":[{"symbol":"A","status":"TRADING"}]})").error(),
            (Error{Errc::kFieldMissing, "quoteAsset"}));
  EXPECT_EQ(reader.exchange_info(R"({"symbols":5})").error(),
            (Error{Errc::kFieldInvalid, "symbols"}));
  EXPECT_EQ(reader
                .exchange_info(R"({"symbols":[],"rateLimits":[{"rateLimitType":"ORDERS",)"
                               R"("interval":"DAY","intervalNum":-1,"limit":1}]})")
                .error(),
            (Error{Errc::kFieldInvalid, "intervalNum"}));
  auto const none = reader.exchange_info(R"({"symbols":[]})").value();
  EXPECT_EQ(none.weight_per_minute(), std::nullopt);
}

TEST(ExchangeInfo, IsNotReadFromABodyThatIsCutAnywhere) {
  RestReader reader;
  for (std::size_t length = 0; length < kInfo.size(); ++length) {
    EXPECT_EQ(reader.exchange_info(kInfo.substr(0, length)).error().code, Errc::kJsonSyntax);
  }
}

}  // namespace
}  // namespace k2::feed
