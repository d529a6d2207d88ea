#include "flow/sequencer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MonoTime kStart{seconds{100}};
constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

Trade trade(std::uint64_t id, SymbolIndex symbol = kBtc) {
  Trade made;
  made.symbol = symbol;
  made.id = TradeId{id};
  return made;
}

IdRange range(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

/// A sequencer with two symbols, and what it let through.
struct Tape {
  explicit Tape(std::optional<TradeId> position = TradeId{9}, std::vector<IdRange> gaps = {},
                SequencerOptions options = {})
      : sequencer(options) {
    sequencer.add_symbol(kBtc, position, std::move(gaps));
    sequencer.add_symbol(kEth, std::nullopt, {});
  }
  Verdict take(std::uint64_t id, MonoTime now = kStart) {
    return sequencer.on_trade(trade(id), now, accepted);
  }
  /// Ids accepted since the last call; late ones negative.
  std::vector<std::int64_t> ids() {
    std::vector<std::int64_t> made;
    for (Trade const& one : accepted) {
      auto const id = static_cast<std::int64_t>(value(one.id));
      made.push_back(one.late ? -id : id);
    }
    accepted.clear();
    return made;
  }

  Sequencer sequencer;
  std::vector<Trade> accepted;
};

TEST(Sequencer, BeginsATapeWithItsFirstTradeAndGoesOn) {
  Tape tape{std::nullopt};
  EXPECT_EQ(tape.sequencer.expected(kBtc), std::nullopt);
  EXPECT_EQ(tape.take(500), Verdict::kAccepted);
  EXPECT_EQ(tape.take(501), Verdict::kAccepted);
  EXPECT_THAT(tape.ids(), ElementsAre(500, 501));
  EXPECT_EQ(tape.take(499), Verdict::kDuplicate);
  EXPECT_EQ(tape.sequencer.expected(kBtc), TradeId{502});
}

TEST(Sequencer, GoesOnFromItsPosition) {
  Tape tape;
  EXPECT_EQ(tape.take(9), Verdict::kBelow) << "how old the trade at the position is, is not known";
  EXPECT_EQ(tape.take(10), Verdict::kAccepted);
  EXPECT_EQ(tape.take(9), Verdict::kDuplicate);
  EXPECT_THAT(tape.ids(), ElementsAre(10));
}

TEST(Sequencer, TakesTradesOfAGapThatIsOpenedAgain) {
  Tape tape;
  tape.sequencer.set_open_gaps(kBtc, {range(3, 4)});
  EXPECT_EQ(tape.take(3), Verdict::kLate);
  EXPECT_EQ(tape.take(5), Verdict::kBelow);
  EXPECT_EQ(tape.take(10), Verdict::kAccepted);
  EXPECT_EQ(tape.take(3), Verdict::kDuplicate);
  EXPECT_EQ(tape.take(4), Verdict::kLate);
  EXPECT_THAT(tape.ids(), ElementsAre(-3, 10, -4));
  EXPECT_THAT(tape.sequencer.open_gaps(kBtc), IsEmpty());
  EXPECT_DEATH(tape.sequencer.set_open_gaps(kBtc, {range(9, 11)}), "open_gaps");
}

TEST(Sequencer, DropsRepetitions) {
  Tape tape;
  EXPECT_EQ(tape.take(10), Verdict::kAccepted);
  EXPECT_EQ(tape.take(10), Verdict::kDuplicate);
  EXPECT_EQ(tape.take(12), Verdict::kWaiting);
  EXPECT_EQ(tape.take(12), Verdict::kDuplicate);
  EXPECT_EQ(tape.take(11), Verdict::kAccepted);
  EXPECT_THAT(tape.ids(), ElementsAre(10, 11, 12));
  EXPECT_EQ(tape.sequencer.waiting(), 0U);
}

TEST(Sequencer, RestoresTheOrderOfTradesThatCameInAnother) {
  Tape tape;
  for (auto const id : {13U, 11U, 12U, 10U, 15U, 14U}) tape.take(id);
  EXPECT_THAT(tape.ids(), ElementsAre(10, 11, 12, 13, 14, 15));
  EXPECT_FALSE(tape.sequencer.hole(kBtc));
  EXPECT_THAT(tape.sequencer.changes(), IsEmpty());
}

TEST(Sequencer, CallsAHoleAGapOnlyAfterTheReorderWindow) {
  Tape tape;
  tape.take(13);
  auto hole = tape.sequencer.hole(kBtc);
  ASSERT_TRUE(hole);
  EXPECT_EQ(hole->missing, range(10, 12));
  EXPECT_FALSE(hole->called);
  tape.sequencer.tick(kStart + milliseconds{99});
  EXPECT_FALSE(tape.sequencer.hole(kBtc)->called);
  tape.sequencer.tick(kStart + milliseconds{100});
  EXPECT_TRUE(tape.sequencer.hole(kBtc)->called);
  EXPECT_THAT(tape.sequencer.holed(), ElementsAre(kBtc));
  ASSERT_EQ(tape.sequencer.changes().size(), 1U);
  EXPECT_EQ(tape.sequencer.changes()[0].missing, range(10, 12));
}

TEST(Sequencer, CallsAHoleAtOnceWhenManyTradesWaitBehindIt) {
  Tape tape;
  for (std::uint64_t id = 11; id < 11 + 64; ++id) tape.take(id);
  EXPECT_FALSE(tape.sequencer.hole(kBtc)->called);
  tape.take(11 + 64);
  EXPECT_TRUE(tape.sequencer.hole(kBtc)->called);
}

TEST(Sequencer, TellsHowLongAGapLastedWhenItCloses) {
  Tape tape;
  tape.take(12);
  tape.sequencer.tick(kStart + milliseconds{100});
  tape.take(10, kStart + milliseconds{150});
  tape.take(11, kStart + milliseconds{250});
  auto const& changes = tape.sequencer.changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[1].closed);
  EXPECT_EQ(changes[1].missing, range(10, 11));
  EXPECT_EQ(changes[1].age, milliseconds{250});
  tape.sequencer.tick(kStart + milliseconds{300});
  EXPECT_THAT(tape.sequencer.holed(), IsEmpty());
}

TEST(Sequencer, ForgetsWhatFindsNoRoomAndKnowsThatItIsMissing) {
  Tape tape{TradeId{9}, {}, {.waiting_per_symbol_max = 3}};
  for (std::uint64_t id = 11; id <= 13; ++id) EXPECT_EQ(tape.take(id), Verdict::kWaiting);
  EXPECT_EQ(tape.take(14), Verdict::kForgotten);
  EXPECT_EQ(tape.take(15), Verdict::kForgotten);
  EXPECT_EQ(tape.sequencer.hole(kBtc)->missing, range(10, 10));
  EXPECT_EQ(tape.take(10), Verdict::kAccepted);
  EXPECT_THAT(tape.ids(), ElementsAre(10, 11, 12, 13));
  EXPECT_EQ(tape.sequencer.hole(kBtc)->missing, range(14, 15));
  EXPECT_EQ(tape.take(16), Verdict::kWaiting);
  tape.take(14);
  tape.take(15);
  EXPECT_THAT(tape.ids(), ElementsAre(14, 15, 16));
  EXPECT_FALSE(tape.sequencer.hole(kBtc));
}

TEST(Sequencer, PrefersWhatIsNearTheHoleWhenThereIsNoRoom) {
  Tape tape{TradeId{9}, {}, {.waiting_per_symbol_max = 3}};
  for (std::uint64_t id = 51; id <= 54; ++id) tape.take(id);
  EXPECT_EQ(tape.take(11), Verdict::kForgotten) << "53 made room";
  EXPECT_EQ(tape.sequencer.hole(kBtc)->missing, range(10, 10));
  EXPECT_EQ(tape.sequencer.waiting(), 3U);
  EXPECT_EQ(tape.sequencer.declare(kBtc, kStart, tape.accepted), range(10, 10));
  EXPECT_THAT(tape.ids(), ElementsAre(11));
  EXPECT_EQ(tape.sequencer.hole(kBtc)->missing, range(12, 50));
}

TEST(Sequencer, ForgetsARemovedSymbolAndBeginsAnew) {
  Tape tape;
  tape.take(12);
  tape.sequencer.remove_symbol(kBtc);
  EXPECT_EQ(tape.sequencer.waiting(), 0U);
  EXPECT_THAT(tape.sequencer.holed(), IsEmpty());
  EXPECT_FALSE(tape.sequencer.hole(kBtc));
  EXPECT_EQ(tape.take(10), Verdict::kIgnored);
  tape.sequencer.forget(kBtc, TradeId{20}, kStart);
  EXPECT_FALSE(tape.sequencer.hole(kBtc));
  tape.sequencer.restore_symbol(kBtc, TradeId{29}, {range(25, 26)});
  EXPECT_EQ(tape.take(30), Verdict::kAccepted);
  EXPECT_EQ(tape.take(25), Verdict::kLate);
  EXPECT_EQ(tape.take(28), Verdict::kDuplicate);
  EXPECT_THAT(tape.ids(), ElementsAre(30, -25));
}

TEST(Sequencer, BoundsTheWaitingOfAllSymbolsTogether) {
  Tape tape{TradeId{9}, {}, {.waiting_total_max = 2}};
  std::vector<Trade> accepted;
  (void)tape.sequencer.on_trade(trade(1, kEth), kStart, accepted);
  EXPECT_EQ(tape.take(11), Verdict::kWaiting);
  EXPECT_EQ(tape.sequencer.on_trade(trade(3, kEth), kStart, accepted), Verdict::kWaiting);
  EXPECT_EQ(tape.take(12), Verdict::kForgotten);
  EXPECT_EQ(tape.sequencer.waiting(), 2U);
}

TEST(Sequencer, RemembersOnlyTheExistenceOfWhatCouldNotBeAccepted) {
  Tape tape;
  tape.sequencer.forget(kBtc, TradeId{10}, kStart);
  tape.sequencer.forget(kBtc, TradeId{12}, kStart);
  EXPECT_EQ(tape.sequencer.hole(kBtc)->missing, range(10, 12));
  tape.sequencer.forget(kEth, TradeId{70}, kStart);
  EXPECT_FALSE(tape.sequencer.hole(kEth)) << "its tape has not begun";
  EXPECT_EQ(tape.take(13), Verdict::kWaiting);
  for (std::uint64_t id = 10; id <= 12; ++id) tape.take(id);
  EXPECT_THAT(tape.ids(), ElementsAre(10, 11, 12, 13));
}

TEST(Sequencer, GoesPastADeclaredGapAndTakesItsTradesLate) {
  Tape tape;
  tape.take(13);
  EXPECT_EQ(tape.sequencer.declare(kBtc, kStart, tape.accepted), range(10, 12));
  EXPECT_EQ(tape.take(14), Verdict::kAccepted);
  EXPECT_EQ(tape.take(11), Verdict::kLate);
  EXPECT_EQ(tape.take(11), Verdict::kDuplicate);
  EXPECT_THAT(tape.ids(), ElementsAre(13, 14, -11));
  EXPECT_THAT(tape.sequencer.open_gaps(kBtc), ElementsAre(range(10, 10), range(12, 12)));
  tape.sequencer.abandon(kBtc, range(12, 12));
  EXPECT_EQ(tape.take(12), Verdict::kDuplicate);
  EXPECT_EQ(tape.take(10), Verdict::kLate);
  EXPECT_THAT(tape.sequencer.open_gaps(kBtc), IsEmpty());
}

TEST(Sequencer, FillsNoDeclaredGapWithATradeThatIsNewerThanTheTape) {
  Tape tape{TradeId{99}, {range(20, 22)}};
  auto const take = [&tape](std::uint64_t id, seconds traded_at) {
    Trade made = trade(id);
    made.traded_at = UtcTime{traded_at};
    return tape.sequencer.on_trade(made, kStart, tape.accepted);
  };
  EXPECT_EQ(take(100, seconds{1'000}), Verdict::kAccepted);
  EXPECT_EQ(take(20, seconds{1'060}), Verdict::kBelow) << "the ids have started over";
  EXPECT_EQ(take(21, seconds{900}), Verdict::kLate);
  EXPECT_EQ(take(22, seconds{1'001}), Verdict::kLate) << "times differ a little in order";
  EXPECT_THAT(tape.sequencer.open_gaps(kBtc), ElementsAre(range(20, 20)));
}

TEST(Sequencer, DeclaresUpToTheEdgeWhenEverythingWasForgotten) {
  Tape tape;
  tape.sequencer.forget(kBtc, TradeId{20}, kStart);
  EXPECT_EQ(tape.sequencer.declare(kBtc, kStart, tape.accepted), range(10, 20));
  EXPECT_EQ(tape.take(21), Verdict::kAccepted);
  EXPECT_THAT(tape.ids(), ElementsAre(21));
}

TEST(Sequencer, GoesOnBehindADeclaredGapAfterARestart) {
  Tape tape{TradeId{9}, {range(10, 20)}};
  EXPECT_EQ(tape.sequencer.expected(kBtc), TradeId{21});
  EXPECT_EQ(tape.take(15), Verdict::kLate);
  EXPECT_EQ(tape.take(21), Verdict::kAccepted);
  EXPECT_THAT(tape.ids(), ElementsAre(-15, 21));
}

TEST(Sequencer, KeepsSymbolsApart) {
  Tape tape;
  std::vector<Trade> accepted;
  tape.take(12);
  EXPECT_EQ(tape.sequencer.on_trade(trade(7, kEth), kStart, accepted), Verdict::kAccepted);
  EXPECT_FALSE(tape.sequencer.hole(kEth));
  EXPECT_TRUE(tape.sequencer.hole(kBtc));
}

}  // namespace
}  // namespace k2::flow
