#include "tools/sim/market.hpp"

#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;

// A market of two symbols; a trade of either goes in, what is published comes out.
class MarketDialogue : public testing::Test {
 protected:
  MarketDialogue() {
    (void)symbols_.add(Symbol::parse("BTCUSDT").value());
    (void)symbols_.add(Symbol::parse("ETHUSDT").value());
  }
  // The published text; empty when it never happened.
  std::string trade(std::uint32_t symbol, std::uint64_t id) {
    PublishedTrade made;
    made.symbol = SymbolIndex{symbol};
    made.id = TradeId{id};
    made.traded_at = made.event_at = UtcTime{1'700'000'000s};
    std::string const data = R"({"t":)" + std::to_string(id) + R"(,"T":1700000000000})";
    publication_.kind = StreamKind::kTrade;
    publication_.symbol = made.symbol;
    publication_.trade = made;
    publication_.data = data;
    if (!market_.pass(publication_)) return {};
    return std::string{publication_.data};
  }

  SymbolTable symbols_;
  Publication publication_;
  Market market_{symbols_, true};
};

TEST_F(MarketDialogue, WithoutFaultsNothingMoves) {
  EXPECT_EQ(trade(0, 7), R"({"t":7,"T":1700000000000})");
}

TEST_F(MarketDialogue, IdsAreLeftOutOfTheSymbolThatTradesNext) {
  market_.leave_out_ids(3, {});
  EXPECT_EQ(trade(1, 7), R"({"t":10,"T":1700000000000})");
  EXPECT_EQ(publication_.trade.id, TradeId{10});
  EXPECT_EQ(trade(1, 8), R"({"t":11,"T":1700000000000})");
  EXPECT_EQ(trade(0, 7), R"({"t":7,"T":1700000000000})");
}

TEST_F(MarketDialogue, IdsAreLeftOutOfANamedSymbol) {
  market_.leave_out_ids(3, {"BTCUSDT"});
  EXPECT_EQ(trade(1, 7), R"({"t":7,"T":1700000000000})");
  EXPECT_EQ(trade(0, 7), R"({"t":10,"T":1700000000000})");
}

TEST_F(MarketDialogue, AHaltedSymbolGoesOnWithTheNextId) {
  market_.halt(FaultId{1}, {"ETHUSDT"}, MonoTime{0s});
  EXPECT_FALSE(market_.is_halted());
  EXPECT_EQ(trade(1, 7), "");
  EXPECT_EQ(trade(1, 8), "");
  EXPECT_EQ(trade(0, 5), R"({"t":5,"T":1700000000000})");
  EXPECT_EQ(market_.resume(FaultId{1}, MonoTime{9s}), 0s);
  EXPECT_EQ(trade(1, 9), R"({"t":7,"T":1700000000000})");
}

TEST_F(MarketDialogue, AHaltOfAllMovesTheTimesThatFollow) {
  market_.halt(FaultId{1}, {}, MonoTime{10s});
  market_.halt(FaultId{2}, {}, MonoTime{11s});
  EXPECT_TRUE(market_.is_halted());
  EXPECT_EQ(market_.resume(FaultId{1}, MonoTime{12s}), 0s);
  EXPECT_TRUE(market_.is_halted());
  EXPECT_EQ(market_.resume(FaultId{2}, MonoTime{15s}), 5s);
  EXPECT_FALSE(market_.is_halted());
  EXPECT_EQ(trade(0, 7), R"({"t":7,"T":1700000005000})");
}

TEST_F(MarketDialogue, AWrongClockMovesTheTimesAndBack) {
  market_.set_skew(-2s);
  EXPECT_EQ(trade(0, 7), R"({"t":7,"T":1699999998000})");
  EXPECT_EQ(publication_.trade.traded_at, UtcTime{1'699'999'998s});
  market_.set_skew(0s);
  EXPECT_EQ(trade(0, 8), R"({"t":8,"T":1700000000000})");
}

}  // namespace
}  // namespace k2::sim
