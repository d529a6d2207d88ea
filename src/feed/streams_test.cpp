#include "feed/streams.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace k2::feed {
namespace {

TEST(StreamTarget, AsksForAllSymbolsInMicroseconds) {
  std::vector<Symbol> const symbols{Symbol::parse("BTCUSDT").value(), Symbol::parse("币A").value()};
  EXPECT_EQ(stream_target(StreamKind::kTrade, symbols),
            "/stream?streams=btcusdt@trade/%E5%B8%81a@trade&timeUnit=MICROSECOND");
}

TEST(SubscribeRequest, NamesEachStreamOnce) {
  std::vector<Symbol> const symbols{Symbol::parse("BTCUSDT").value(),
                                    Symbol::parse("ETHUSDT").value()};
  EXPECT_EQ(subscribe_request(StreamKind::kTrade, symbols, 7),
            R"({"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@trade"],"id":7})");
}

TEST(UnsubscribeRequest, NamesTheCandlesOfTheAudit) {
  std::vector<Symbol> const symbols{Symbol::parse("BTCUSDT").value()};
  EXPECT_EQ(unsubscribe_request(StreamKind::kKline1m, symbols, 8),
            R"({"method":"UNSUBSCRIBE","params":["btcusdt@kline_1m"],"id":8})");
}

}  // namespace
}  // namespace k2::feed
