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

TEST(Resume, TakesThePositionAndTheGapsOfTheGenerationOnly) {
  ShardSymbol symbol = bitcoin();
  symbol.generation = 1;
  resume(symbol, std::vector<sink::Position>{{"BTCUSDT", TradeId{500}}, {"BTCUSDT-g1", TradeId{4}}},
         std::vector{gap("BTCUSDT", 400, 400, GapState::kOpen),
                     gap("BTCUSDT-g1", 2, 2, GapState::kOpen)});
  EXPECT_EQ(symbol.position, TradeId{4});
  EXPECT_THAT(symbol.open_gaps, ElementsAre(IdRange{TradeId{2}, TradeId{2}}));
}

TEST(Resume, LeavesAGenerationThatHoldsNothingYetWithoutAPosition) {
  ShardSymbol symbol = bitcoin();
  symbol.generation = 1;
  resume(symbol, std::vector<sink::Position>{{"BTCUSDT", TradeId{500}}}, {});
  EXPECT_EQ(symbol.position, std::nullopt);
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

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

std::vector<std::string> texts(std::vector<sink::DeclaredGap> const& pieces) {
  std::vector<std::string> made;
  for (auto const& piece : pieces) {
    made.push_back(std::to_string(value(piece.ids.first)) + ".." +
                   std::to_string(value(piece.ids.last)) + " " +
                   std::string{gap_state_name(piece.state)});
  }
  return made;
}

TEST(Reopen, OpensAGapOfWhatIsLost) {
  ShardSymbol symbol = bitcoin();
  symbol.position = TradeId{100};
  symbol.open_gaps = {ids(90, 92)};
  EXPECT_THAT(texts(reopen(symbol, {"BTCUSDT", {ids(40, 49)}}, {})), ElementsAre("40..49 open"));
  EXPECT_THAT(symbol.open_gaps, ElementsAre(ids(40, 49), ids(90, 92)));
}

TEST(Reopen, LeavesOutWhatIsOpenAlreadyAndWhatTheTapeHasNotReached) {
  ShardSymbol symbol = bitcoin();
  symbol.position = TradeId{100};
  symbol.open_gaps = {ids(43, 45)};
  EXPECT_THAT(texts(reopen(symbol, {"BTCUSDT", {ids(40, 49), ids(99, 105), ids(107, 108)}}, {})),
              ElementsAre("40..42 open", "46..49 open", "99..100 open"));
  EXPECT_THAT(reopen(symbol, {"BTCUSDT", {ids(40, 49), ids(99, 105)}}, {}), IsEmpty());
}

TEST(Reopen, SplitsWhatAnotherProcessDelivered) {
  ShardSymbol symbol = bitcoin();
  symbol.position = TradeId{100};
  symbol.elsewhere = {ids(1, 10), ids(20, 60)};
  EXPECT_THAT(texts(reopen(symbol, {"BTCUSDT", {ids(15, 25), ids(40, 40)}}, {})),
              ElementsAre("26..39 elsewhere", "41..60 elsewhere", "20..25 open", "40..40 open",
                          "15..19 open"));
  EXPECT_THAT(symbol.elsewhere, ElementsAre(ids(1, 10), ids(26, 39), ids(41, 60)));
  EXPECT_THAT(symbol.open_gaps, ElementsAre(ids(15, 19), ids(20, 25), ids(40, 40)));
}

TEST(Reopen, SplitsARepairedGapWhoseTradesAreLost) {
  ShardSymbol symbol = bitcoin();
  symbol.position = TradeId{100};
  auto const pieces =
      reopen(symbol, {"BTCUSDT", {ids(20, 29)}, {gap("BTCUSDT", 25, 40, GapState::kRepaired)}}, {});
  EXPECT_THAT(texts(pieces), ElementsAre("30..40 repaired", "25..29 open", "20..24 open"));
  EXPECT_EQ(pieces.front().why, "test");
  EXPECT_THAT(symbol.elsewhere, IsEmpty());
}

}  // namespace
}  // namespace k2::shard
