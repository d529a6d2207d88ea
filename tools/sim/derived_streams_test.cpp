#include "tools/sim/derived_streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr UtcTime kMinute{1'700'000'040s};  // the start of a clock minute

class DerivedDialogue : public testing::Test {
 protected:
  DerivedDialogue() { btc_ = symbols_.add(Symbol::parse("BTCUSDT").value()); }

  // A trade of one coin at the price, so long after the minute's start.
  std::vector<std::string> trade(std::uint64_t id, std::string_view price,
                                 std::chrono::microseconds since, std::uint64_t agg_id) {
    Publication publication;
    publication.kind = StreamKind::kTrade;
    publication.stream = "btcusdt@trade";
    publication.symbol = btc_;
    publication.trade = {btc_,
                         TradeId{id},
                         Price::parse(price).value(),
                         Quantity::from_mantissa(100'000'000),
                         kMinute + since,
                         kMinute + since,
                         true};
    return take(publication, agg_id);
  }
  std::vector<std::string> take(Publication const& publication, std::uint64_t agg_id) {
    std::vector<Publication> out;
    derived_.take(publication, agg_id, out);
    return texts(out);
  }
  static std::vector<std::string> texts(std::vector<Publication> const& publications) {
    std::vector<std::string> all;
    for (auto const& publication : publications) {
      all.push_back(std::string{publication.stream} + " " + std::string{publication.data});
    }
    return all;
  }

  SymbolTable symbols_;
  SymbolIndex btc_{};
  std::string wanted_ = "btcusdt@kline_1m";
  DerivedStreams derived_{symbols_, [this](std::string_view stream) { return stream == wanted_; }};
};

TEST_F(DerivedDialogue, AnAggregateGoesOutWhenTheNextOrderTrades) {
  wanted_ = "btcusdt@aggTrade";
  EXPECT_THAT(trade(100, "4", 0us, 1), IsEmpty());
  EXPECT_THAT(trade(101, "4", 0us, 1), IsEmpty());
  EXPECT_THAT(trade(102, "5", 1000us, 2),
              ElementsAre(R"(btcusdt@aggTrade {"e":"aggTrade","E":1700000040001000,"s":"BTCUSDT",)"
                          R"("a":1,"p":"4.00000000","q":"2.00000000","f":100,"l":101,)"
                          R"("T":1700000040000000,"m":true,"M":true})"));
  std::vector<Publication> rest;
  derived_.finish(rest);
  EXPECT_EQ(rest.size(), 1U);
}

TEST_F(DerivedDialogue, AClosedMinuteTellsItsTradesAndTheirIds) {
  trade(100, "4", 0us, 1);
  trade(101, "6", 1s, 2);
  EXPECT_THAT(trade(102, "3", 2s, 3), ElementsAre(testing::HasSubstr(R"("n":2,"x":false)")));
  EXPECT_THAT(trade(103, "5", 61s, 4),
              ElementsAre(R"(btcusdt@kline_1m {"e":"kline","E":1700000101000000,"s":"BTCUSDT","k":)"
                          R"({"t":1700000040000000,"T":1700000099999999,"s":"BTCUSDT","i":"1m",)"
                          R"("f":100,"L":102,"o":"4.00000000","c":"3.00000000","h":"6.00000000",)"
                          R"("l":"3.00000000","v":"3.00000000","n":3,"x":true,"q":"13.00000000",)"
                          R"("V":"0.00000000","Q":"0.00000000","B":"0"}})"));
}

TEST_F(DerivedDialogue, NothingIsMadeThatNobodyWants) {
  wanted_.clear();
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_THAT(trade(i, "4", i * 1s, i), IsEmpty());
}

TEST_F(DerivedDialogue, ARecordedKlineIsNotMadeTwice) {
  Publication recorded;
  recorded.kind = StreamKind::kKline;
  recorded.stream = "btcusdt@kline_1m";
  recorded.symbol = btc_;
  EXPECT_THAT(take(recorded, 0), IsEmpty());
  trade(100, "4", 0us, 1);
  EXPECT_THAT(trade(101, "4", 61s, 2), IsEmpty());
}

TEST(Candle, KnowsTheIntervalsOfTheExchange) {
  EXPECT_EQ(interval_length("1m"), 60s);
  EXPECT_EQ(interval_length("12h"), 43'200s);
  EXPECT_EQ(interval_length("1M"), std::nullopt);
  EXPECT_EQ(interval_length("2m"), std::nullopt);
  EXPECT_EQ(interval_length(""), std::nullopt);
  // 2023-11-14 was a Tuesday.
  EXPECT_EQ(interval_start(UtcTime{1'700'000'000s}, std::chrono::weeks{1}),
            UtcTime{std::chrono::sys_days{std::chrono::year{2023} / 11 / 13}});
}

}  // namespace
}  // namespace k2::sim
