#include "shard/resume.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace k2::shard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ShardSymbol bitcoin() {
  return {Symbol::parse("BTCUSDT").value(), "USDT", std::nullopt, {}};
}

sink::DeclaredGap gap(std::string symbol, std::uint64_t first, std::uint64_t last, GapState state) {
  return {std::move(symbol), {TradeId{first}, TradeId{last}}, "test", state, UtcTime{}};
}

TEST(Resume, BeginsAnewWhatTheJournalDoesNotHold) {
  ShardSymbol symbol = bitcoin();
  resume(symbol, std::vector<sink::Position>{{"ETHUSDT", TradeId{7}}},
         std::vector{gap("ETHUSDT", 3, 4, GapState::kOpen)});
  EXPECT_EQ(symbol.position, std::nullopt);
  EXPECT_THAT(symbol.open_gaps, IsEmpty());
}

TEST(Resume, GoesOnBehindThePositionAndRepairsWhatIsOpen) {
  ShardSymbol symbol = bitcoin();
  resume(symbol, std::vector<sink::Position>{{"BTCUSDT", TradeId{100}}},
         std::vector{gap("BTCUSDT", 40, 49, GapState::kOpen),
                     gap("BTCUSDT", 60, 69, GapState::kRepaired)});
  EXPECT_EQ(symbol.position, TradeId{100});
  EXPECT_THAT(symbol.open_gaps, ElementsAre(IdRange{TradeId{40}, TradeId{49}}));
}

// Found by the simulation: the trades of a repaired gap came a second time when the process died
// before any trade behind the gap was durable.
TEST(Resume, GoesOnBehindARepairedGapThatNoTradeFollowsYet) {
  ShardSymbol symbol = bitcoin();
  resume(symbol, std::vector<sink::Position>{{"BTCUSDT", TradeId{100}}},
         std::vector{gap("BTCUSDT", 101, 110, GapState::kRepaired)});
  EXPECT_EQ(symbol.position, TradeId{110});
  EXPECT_THAT(symbol.open_gaps, IsEmpty());
}

TEST(Resume, GoesOnBehindAGapThatTheExchangeItselfLacks) {
  ShardSymbol symbol = bitcoin();
  resume(symbol, std::vector<sink::Position>{{"BTCUSDT", TradeId{100}}},
         std::vector{gap("BTCUSDT", 101, 103, GapState::kVenue),
                     gap("BTCUSDT", 104, 110, GapState::kOpen)});
  EXPECT_EQ(symbol.position, TradeId{110});
  EXPECT_THAT(symbol.open_gaps, ElementsAre(IdRange{TradeId{104}, TradeId{110}}));
}

}  // namespace
}  // namespace k2::shard
