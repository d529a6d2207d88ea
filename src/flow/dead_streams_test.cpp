#include "flow/dead_streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

struct Two : testing::Test {
  Two() {
    streams.add_symbol();
    streams.add_symbol();
  }
  DeadStreams streams;
};
using DeadStreamsOfTwo = Two;

TEST_F(DeadStreamsOfTwo, CallsAStreamDeadAtTheSecondSightOfNewerIds) {
  streams.revealed(kEth, TradeId{10}, 7);
  EXPECT_THAT(streams.dead(), IsEmpty());
  streams.revealed(kEth, TradeId{11}, 7);
  EXPECT_THAT(streams.dead(), ElementsAre(kEth));
}

TEST_F(DeadStreamsOfTwo, IsContentWhenALineBroughtATradeInBetween) {
  streams.revealed(kBtc, TradeId{10}, 7);
  streams.revealed(kBtc, TradeId{11}, 8);
  EXPECT_THAT(streams.dead(), IsEmpty());
  streams.revealed(kBtc, TradeId{12}, 8);
  EXPECT_THAT(streams.dead(), ElementsAre(kBtc)) << "nothing since the trade that came";
}

TEST_F(DeadStreamsOfTwo, TakesTheSameIdsTwiceForOneLostFrame) {
  streams.revealed(kBtc, TradeId{10}, 7);
  streams.revealed(kBtc, TradeId{10}, 7);
  EXPECT_THAT(streams.dead(), IsEmpty());
}

TEST_F(DeadStreamsOfTwo, BeginsAnewAfterADeathAndAfterALineCameUp) {
  streams.revealed(kBtc, TradeId{10}, 7);
  streams.revealed(kBtc, TradeId{11}, 7);
  streams.dead().clear();
  streams.revealed(kBtc, TradeId{12}, 7);
  streams.forget_all();
  streams.revealed(kBtc, TradeId{13}, 7);
  EXPECT_THAT(streams.dead(), IsEmpty());
}

}  // namespace
}  // namespace k2::flow
