#include "sink/topic_tapes.hpp"

#include "sink/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int32_t kPartitions = 4;
std::int32_t const kBtc = partition_of("BTCUSDT", kPartitions);
std::int32_t const kEth = partition_of("ETHUSDT", kPartitions);

PositionBook book(std::string_view symbol, std::uint64_t last, std::string_view journal,
                  std::uint64_t sequence, std::vector<IdRange> const& missing = {}) {
  PositionBook made;
  EXPECT_TRUE(made.apply(symbol, position_value(TradeId{last}, journal, sequence, missing)));
  return made;
}

JournalFacts facts(std::uint64_t end, std::vector<Position> positions = {},
                   std::vector<DeclaredGap> gaps = {}) {
  return {.first_sequence = 1,
          .end_sequence = end,
          .positions = std::move(positions),
          .gaps = std::move(gaps)};
}

DeclaredGap gap(std::string symbol, std::uint64_t first, std::uint64_t last, GapState state) {
  return {std::move(symbol), {TradeId{first}, TradeId{last}}, "test", state, UtcTime{}};
}

/// Tapes that follow the journal "mine" from `begin` on and own BTCUSDT's partition and ETHUSDT's.
TopicTapes following(JournalFacts const& at_begin, PositionBook const& positions,
                     JournalFacts const& at_load) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(at_begin);
  (void)tapes.load(std::vector{kBtc, kEth}, positions, at_load, {});
  return tapes;
}

Admission admit(TopicTapes& tapes, std::uint64_t sequence, std::string_view symbol,
                std::uint64_t id, bool late = false) {
  return tapes.admit(sequence, symbol, TradeId{id}, late);
}

std::vector<std::string> moved(TopicTapes const& tapes) {
  std::vector<MovedPosition> out;
  tapes.moved(out);
  std::vector<std::string> texts;
  texts.reserve(out.size());
  for (auto const& one : out) {
    texts.push_back(std::string{one.symbol} + " " +
                    position_value(one.last, "", one.sequence, *one.missing));
  }
  return texts;
}

std::vector<std::string> told(TopicTapes const& tapes) {
  std::vector<GapChange> changes;
  tapes.gap_changes(changes);
  std::vector<std::string> texts;
  texts.reserve(changes.size());
  for (auto const& one : changes) {
    texts.push_back(std::string{one.symbol} + " " + std::to_string(value(one.ids.first)) + ".." +
                    std::to_string(value(one.ids.last)) + " " +
                    std::string{gap_state_name(one.state)});
  }
  return texts;
}

TEST(TopicTapes, ANewTopicGetsAllOfTheJournal) {
  auto const held = facts(4, {{"BTCUSDT", TradeId{101}}, {"ETHUSDT", TradeId{5}}});
  auto tapes = following(held, {}, held);
  EXPECT_EQ(tapes.head(), 1U);
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 100), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 2, "ETHUSDT", 5), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 101), Admission::kDeliver);
  EXPECT_THAT(moved(tapes), ElementsAre(R"(BTCUSDT {"last_id":101,"journal":"","sequence":3})",
                                        R"(ETHUSDT {"last_id":5,"journal":"","sequence":2})"));
  tapes.committed();
  EXPECT_THAT(moved(tapes), IsEmpty());
}

TEST(TopicTapes, WhatIsNotOwnedIsPassedOver) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  (void)tapes.load(std::vector{kBtc}, {}, facts(1), {});
  EXPECT_EQ(admit(tapes, 1, "ETHUSDT", 5), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 5), Admission::kDeliver);
  tapes.committed();
  tapes.release(kBtc);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 6), Admission::kSkip);
}

TEST(TopicTapes, PartitionsThatThereAreNotAreNeverOwned) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  EXPECT_FALSE(tapes.owns(kPartitions));
  EXPECT_FALSE(tapes.owns(kPartitions + 1'000'000));
  EXPECT_FALSE(tapes.owns(-1));
  EXPECT_DEATH((void)tapes.load(std::vector{kPartitions}, {}, facts(1), {}), "has.partition");
  EXPECT_DEATH((void)tapes.load(std::vector{-1}, {}, facts(1), {}), "has.partition");
  EXPECT_DEATH(tapes.release(kPartitions), "has.partition");
}

TEST(TopicTapes, AJournalThatTheTopicKnowsGoesOnBehindItsNewestRecord) {
  auto const held = facts(9, {{"BTCUSDT", TradeId{103}}});
  auto tapes = following(held, book("BTCUSDT", 101, "mine", 6), held);
  EXPECT_EQ(tapes.head(), 7U);
  EXPECT_EQ(admit(tapes, 6, "BTCUSDT", 101), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 7, "BTCUSDT", 102), Admission::kDeliver);
}

TEST(TopicTapes, AJournalThatHoldsNothingNewIsNotReadAgain) {
  auto const held = facts(9, {{"BTCUSDT", TradeId{103}}});
  auto tapes = following(held, book("BTCUSDT", 200, "other", 6), held);
  EXPECT_EQ(tapes.head(), 9U);
  EXPECT_EQ(admit(tapes, 9, "BTCUSDT", 201), Admission::kDeliver);
}

TEST(TopicTapes, WhoeverFollowedGoesBackNoFurtherThanToTheLastPlaceThatIsWhole) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  for (std::uint64_t at = 1; at <= 30; ++at) {
    EXPECT_EQ(admit(tapes, at, "BTCUSDT", 100 + at), Admission::kSkip);
    if (at % 10 == 0) tapes.mark();
  }
  EXPECT_TRUE(tapes.load(std::vector{kBtc}, book("BTCUSDT", 125, "other", 1),
                         facts(31, {{"BTCUSDT", TradeId{130}}}), {}));
  EXPECT_EQ(tapes.head(), 21U);
  EXPECT_EQ(admit(tapes, 25, "BTCUSDT", 125), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 26, "BTCUSDT", 126), Admission::kDeliver);
}

TEST(TopicTapes, APlaceBeforeTheFirstMarkIsTheJournalsBeginning) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(500, {{"BTCUSDT", TradeId{130}}}));
  EXPECT_TRUE(tapes.load(std::vector{kBtc}, book("BTCUSDT", 125, "other", 1),
                         facts(500, {{"BTCUSDT", TradeId{130}}}), {}));
  EXPECT_EQ(tapes.head(), 1U);
}

TEST(TopicTapes, GoingBackForOnePartitionTakesNothingOfAnotherAgain) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  (void)tapes.load(std::vector{kEth}, {}, facts(1), {});
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 101), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 2, "ETHUSDT", 5), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 102), Admission::kSkip);
  tapes.committed();
  EXPECT_TRUE(tapes.load(std::vector{kBtc}, book("BTCUSDT", 100, "other", 1),
                         facts(4, {{"BTCUSDT", TradeId{102}}, {"ETHUSDT", TradeId{5}}}), {}));
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 101), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 2, "ETHUSDT", 5), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 102), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 4, "ETHUSDT", 6), Admission::kDeliver);
}

TEST(TopicTapes, WhatWasNotCommittedIsTakenBack) {
  auto const held = facts(3, {{"BTCUSDT", TradeId{10}}});
  auto tapes = following(held, book("BTCUSDT", 10, "mine", 2, {{TradeId{3}, TradeId{4}}}), held);
  auto const begin = tapes.head();
  EXPECT_EQ(admit(tapes, begin, "BTCUSDT", 12), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, begin + 1, "BTCUSDT", 3, true), Admission::kDeliver);
  tapes.roll_back();
  EXPECT_EQ(tapes.head(), begin);
  EXPECT_THAT(moved(tapes), IsEmpty());
  EXPECT_THAT(told(tapes), IsEmpty());
  EXPECT_EQ(admit(tapes, begin, "BTCUSDT", 12), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, begin + 1, "BTCUSDT", 3, true), Admission::kDeliver);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 11..11 open", "BTCUSDT 3..3 repaired"));
  EXPECT_THAT(moved(tapes), ElementsAre(testing::HasSubstr(R"("missing":[[4,4],[11,11]])")));
}

TEST(TopicTapes, IdsThatAreJumpedOverAreMissingUntilTheyComeLate) {
  auto tapes = following(facts(1), {}, facts(1));
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 10), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 15), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 11, true), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 4, "BTCUSDT", 11, true), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 5, "BTCUSDT", 9, true), Admission::kSkip);
  EXPECT_THAT(
      moved(tapes),
      ElementsAre(R"(BTCUSDT {"last_id":15,"journal":"","sequence":2,"missing":[[12,14]]})"));
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 11..14 open", "BTCUSDT 11..11 repaired"));
  tapes.committed();
  EXPECT_TRUE(tapes.has_missing());
  EXPECT_EQ(admit(tapes, 6, "BTCUSDT", 12, true), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 7, "BTCUSDT", 13, true), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 8, "BTCUSDT", 14, true), Admission::kDeliver);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 12..14 repaired"));
  tapes.committed();
  EXPECT_FALSE(tapes.has_missing());
}

TEST(TopicTapes, ARangeThatIsGivenUpStaysOpen) {
  auto tapes = following(facts(1), {}, facts(1));
  std::uint64_t const ranges = MissingIds::kRangesMax + 1;
  for (std::uint64_t at = 0; at <= ranges; ++at) {
    EXPECT_EQ(admit(tapes, at + 1, "BTCUSDT", 10 * (at + 1)), Admission::kDeliver);
  }
  auto const changes = told(tapes);
  EXPECT_EQ(changes.size(), ranges);
  EXPECT_EQ(changes.front(), "BTCUSDT 11..19 open");
  EXPECT_EQ(admit(tapes, 10'000, "BTCUSDT", 11, true), Admission::kSkip);
  EXPECT_EQ(tapes.given_up(), 0U);
  tapes.committed();
  EXPECT_EQ(tapes.given_up(), 1U);
  EXPECT_THAT(tapes.take_given_up(),
              ElementsAre(GivenUpIds{"BTCUSDT", {TradeId{11}, TradeId{19}}}));
  EXPECT_THAT(tapes.take_given_up(), IsEmpty());
  EXPECT_EQ(tapes.given_up(), 1U);
}

TEST(TopicTapes, ARangeThatIsGivenUpCountsOnceThoughItsTransactionIsRepeated) {
  auto tapes = following(facts(1), {}, facts(1));
  std::uint64_t const ranges = MissingIds::kRangesMax + 1;
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (std::uint64_t at = 0; at <= ranges; ++at)
      (void)admit(tapes, at + 1, "BTCUSDT", 10 * (at + 1));
    if (attempt == 0) tapes.roll_back();
  }
  tapes.committed();
  EXPECT_EQ(tapes.given_up(), 1U);
  EXPECT_EQ(tapes.take_given_up().size(), 1U);
}

/// A trade in the middle of a range splits it, and so do ids that the exchange does not have.
TEST(TopicTapes, RangesThatARepairSplitsAreBoundedToo) {
  std::vector<IdRange> missing;
  for (std::uint64_t at = 1; at <= MissingIds::kRangesMax; ++at) {
    missing.push_back({TradeId{10 * at}, TradeId{10 * at + 8}});
  }
  auto const held = facts(3, {{"BTCUSDT", TradeId{99'999}}});
  auto tapes = following(held, book("BTCUSDT", 99'999, "mine", 2, missing), held);
  EXPECT_EQ(admit(tapes, tapes.head(), "BTCUSDT", 105, true), Admission::kDeliver);
  tapes.committed();
  EXPECT_THAT(tapes.take_given_up(),
              ElementsAre(GivenUpIds{"BTCUSDT", {TradeId{10}, TradeId{18}}}));
  std::vector const gaps{gap("BTCUSDT", 205, 205, GapState::kVenue)};
  tapes.note_gaps(gaps);
  EXPECT_THAT(tapes.take_given_up(),
              ElementsAre(GivenUpIds{"BTCUSDT", {TradeId{20}, TradeId{28}}}));
  EXPECT_EQ(tapes.given_up(), 2U);
}

TEST(TopicTapes, RangesOfAPositionBeyondTheBoundAreCounted) {
  std::vector<IdRange> missing;
  for (std::uint64_t at = 0; at <= MissingIds::kRangesMax; ++at) {
    missing.push_back({TradeId{10 * at}, TradeId{10 * at + 8}});
  }
  auto const held = facts(3, {{"BTCUSDT", TradeId{99'999}}});
  auto tapes = following(held, book("BTCUSDT", 99'999, "mine", 2, missing), held);
  EXPECT_EQ(tapes.given_up(), 1U);
  // The next transaction writes the position that fits.
  EXPECT_TRUE(tapes.has_moved());
  EXPECT_THAT(moved(tapes), ElementsAre(testing::HasSubstr(R"("missing":[[10,18],)")));
}

TEST(TopicTapes, WhatWasOpenedByAnotherOwnerIsToldOnlyWhenItChanges) {
  auto const held =
      facts(31, {{"BTCUSDT", TradeId{130}}}, {gap("BTCUSDT", 110, 119, GapState::kOpen)});
  auto tapes =
      following(held, book("BTCUSDT", 130, "other", 1, {{TradeId{115}, TradeId{116}}}), held);
  EXPECT_THAT(told(tapes), IsEmpty());
  EXPECT_EQ(admit(tapes, 31, "BTCUSDT", 115, true), Admission::kDeliver);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 115..115 repaired"));
}

TEST(TopicTapes, WhatTheExchangeItselfLacksIsToldWhateverBecomesOfATransaction) {
  auto tapes = following(facts(1), {}, facts(1));
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 10), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 20), Admission::kDeliver);
  tapes.committed();
  std::vector const gaps{gap("BTCUSDT", 5, 12, GapState::kVenue),
                         gap("BTCUSDT", 15, 15, GapState::kOpen),
                         gap("ETHUSDT", 1, 9, GapState::kVenue)};
  tapes.note_gaps(gaps);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 11..12 venue"));
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 13, true), Admission::kDeliver);
  for (int attempt = 0; attempt < 2; ++attempt) {
    tapes.roll_back();
    EXPECT_TRUE(tapes.has_moved());
    EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 11..12 venue"));
    EXPECT_THAT(moved(tapes), ElementsAre(testing::HasSubstr(R"("missing":[[13,19]])")));
  }
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 13, true), Admission::kDeliver);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 11..12 venue", "BTCUSDT 13..13 repaired"));
  EXPECT_THAT(moved(tapes), ElementsAre(testing::HasSubstr(R"("missing":[[14,19]])")));
  tapes.committed();
  tapes.note_gaps(gaps);
  EXPECT_FALSE(tapes.has_moved());
}

TEST(GapChanges, AreToldWithTheJournalsOwnReason) {
  std::vector const journal{gap("ETHUSDT", 1, 9, GapState::kOpen),
                            gap("BTCUSDT", 1, 4, GapState::kRepaired),
                            gap("BTCUSDT", 5, 9, GapState::kOpen)};
  GapChange change{.symbol = "BTCUSDT", .ids = {TradeId{3}, TradeId{6}}};
  UtcTime const now{std::chrono::seconds{7}};
  EXPECT_EQ(sink::told(change, journal, now), (DeclaredGap{"BTCUSDT", change.ids, "test"}));
  change.state = GapState::kRepaired;
  EXPECT_EQ(
      sink::told(change, journal, now),
      (DeclaredGap{"BTCUSDT", change.ids, "delivered, marked LATE", GapState::kRepaired, now}));
  change.state = GapState::kVenue;
  EXPECT_EQ(sink::told(change, journal, now).declared_at, now);
}

TEST(TopicTapes, WhatAnotherOwnerLeftOpenComesLateFromThisJournal) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  for (std::uint64_t at = 1; at <= 30; ++at) {
    (void)admit(tapes, at, "BTCUSDT", 100 + at);
    if (at % 10 == 0) tapes.mark();
  }
  EXPECT_TRUE(tapes.load(std::vector{kBtc},
                         book("BTCUSDT", 130, "other", 1, {{TradeId{115}, TradeId{116}}}),
                         facts(31, {{"BTCUSDT", TradeId{130}}}), {}));
  EXPECT_EQ(tapes.head(), 11U);
  EXPECT_EQ(admit(tapes, 14, "BTCUSDT", 114), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 15, "BTCUSDT", 115), Admission::kDeliverLate);
  EXPECT_EQ(admit(tapes, 16, "BTCUSDT", 116), Admission::kDeliverLate);
  EXPECT_EQ(admit(tapes, 17, "BTCUSDT", 117), Admission::kSkip);
}

TEST(TopicTapes, WhatTheJournalItselfLacksIsNotLookedForInIt) {
  auto const held =
      facts(31, {{"BTCUSDT", TradeId{130}}}, {gap("BTCUSDT", 110, 119, GapState::kOpen)});
  auto tapes =
      following(held, book("BTCUSDT", 130, "other", 1, {{TradeId{115}, TradeId{116}}}), held);
  EXPECT_EQ(tapes.head(), 31U);
  EXPECT_EQ(admit(tapes, 31, "BTCUSDT", 115, true), Admission::kDeliver);
}

TEST(TopicTapes, WhatTheExchangeItselfLacksIsMissingNoMore) {
  auto const held =
      facts(31, {{"BTCUSDT", TradeId{130}}}, {gap("BTCUSDT", 115, 116, GapState::kVenue)});
  auto tapes =
      following(held, book("BTCUSDT", 130, "other", 1, {{TradeId{115}, TradeId{116}}}), held);
  EXPECT_THAT(moved(tapes), ElementsAre(R"(BTCUSDT {"last_id":130,"journal":"","sequence":0})"));
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 115..116 venue"));
}

TEST(TopicTapes, AJournalThatLostItsTailIsReadFromItsBeginningAndDeliversNothingTwice) {
  auto const positions = book("BTCUSDT", 101, "mine", 6);
  TopicTapes tapes{"mine", kPartitions};
  auto const held = facts(4, {{"BTCUSDT", TradeId{102}}});
  tapes.begin(held);
  EXPECT_THAT(tapes.hints(positions), ElementsAre(JournalHint{kBtc, 6, "BTCUSDT", TradeId{101}}));
  EXPECT_TRUE(tapes.load(std::vector{kBtc}, positions, held, std::vector{kBtc}));
  EXPECT_EQ(tapes.head(), 1U);
  // Its place is wrong, and delivered as such.
  EXPECT_THAT(moved(tapes), ElementsAre(R"(BTCUSDT {"last_id":101,"journal":"","sequence":0})"));
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 100), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 90, true), Admission::kSkip);
  EXPECT_EQ(admit(tapes, 3, "BTCUSDT", 102), Admission::kDeliver);
}

TEST(TopicTapes, TheNewestRecordOfAPartitionIsItsHint) {
  TopicTapes tapes{"mine", 1};
  PositionBook positions;
  ASSERT_TRUE(positions.apply("A", position_value(TradeId{1}, "mine", 6, {})));
  ASSERT_TRUE(positions.apply("B", position_value(TradeId{2}, "mine", 9, {})));
  ASSERT_TRUE(positions.apply("C", position_value(TradeId{3}, "other", 50, {})));
  ASSERT_TRUE(positions.apply("D", position_value(TradeId{4}, "mine", 0, {})));
  EXPECT_THAT(tapes.hints(positions), ElementsAre(JournalHint{0, 9, "B", TradeId{2}}));
}

SymbolIds lost(std::string symbol, std::vector<IdRange> ids,
               std::vector<DeclaredGap> repaired = {}) {
  return {std::move(symbol), std::move(ids), std::move(repaired)};
}

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

TEST(TopicTapes, ADamagedBlockLeavesIdsThatTheTopicLacksAndNoGapOfTheJournalExplains) {
  auto const held = facts(9, {{"BTCUSDT", TradeId{108}}});
  auto tapes = following(held, book("BTCUSDT", 100, "mine", 1), held);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 101), Admission::kDeliver);
  // The records 3 to 6 cannot be read.
  EXPECT_EQ(admit(tapes, 7, "BTCUSDT", 106), Admission::kDeliver);
  tapes.committed();
  EXPECT_THAT(tapes.lacking({}), ElementsAre(lost("BTCUSDT", {ids(102, 105)})));
}

TEST(TopicTapes, ANewJournalBeginsBehindWhatTheTopicHoldsAndLacksWhatLiesBetween) {
  auto const held = facts(3, {{"BTCUSDT", TradeId{151}}});
  auto tapes = following(held, book("BTCUSDT", 100, "lost", 70), held);
  EXPECT_EQ(admit(tapes, 1, "BTCUSDT", 150), Admission::kDeliver);
  EXPECT_EQ(admit(tapes, 2, "BTCUSDT", 151), Admission::kDeliver);
  EXPECT_THAT(told(tapes), ElementsAre("BTCUSDT 101..149 open"));
  EXPECT_THAT(tapes.lacking({}), ElementsAre(lost("BTCUSDT", {ids(101, 149)})));
}

TEST(TopicTapes, AStandbyLacksWhatWasDeletedBeforeItTookOver) {
  TopicTapes tapes{"mine", kPartitions};
  tapes.begin(facts(1));
  JournalFacts held = facts(51, {{"BTCUSDT", TradeId{150}}});
  held.first_sequence = 31;
  (void)tapes.load(std::vector{kBtc}, book("BTCUSDT", 110, "other", 5), held, {});
  EXPECT_EQ(admit(tapes, 31, "BTCUSDT", 131), Admission::kDeliver);
  EXPECT_THAT(tapes.lacking({}), ElementsAre(lost("BTCUSDT", {ids(111, 130)})));
}

TEST(TopicTapes, WhatAnOpenGapOfTheJournalHoldsIsBeingFetched) {
  auto const held = facts(31, {{"BTCUSDT", TradeId{130}}});
  auto tapes = following(held, book("BTCUSDT", 130, "other", 1, {ids(105, 120)}), held);
  EXPECT_THAT(tapes.lacking(std::vector{gap("BTCUSDT", 100, 109, GapState::kOpen),
                                        gap("BTCUSDT", 112, 113, GapState::kElsewhere),
                                        gap("ETHUSDT", 114, 116, GapState::kOpen)}),
              ElementsAre(lost("BTCUSDT", {ids(110, 120)})));
  EXPECT_THAT(tapes.lacking(std::vector{gap("BTCUSDT", 105, 120, GapState::kOpen)}), IsEmpty());
}

TEST(TopicTapes, OfARepairedGapWhoseTradesAreLostTheRowIsNamed) {
  auto const held = facts(31, {{"BTCUSDT", TradeId{130}}});
  auto tapes = following(held, book("BTCUSDT", 130, "other", 1, {ids(105, 120)}), held);
  auto const row = gap("BTCUSDT", 101, 110, GapState::kRepaired);
  EXPECT_THAT(tapes.lacking(std::vector{row, gap("BTCUSDT", 121, 125, GapState::kRepaired)}),
              ElementsAre(lost("BTCUSDT", {ids(105, 120)}, {row})));
}

TEST(TopicTapes, WhatIsReadMeanwhileOrNotOwnedIsNotLost) {
  auto const held = facts(31, {{"BTCUSDT", TradeId{130}}});
  auto tapes = following(held, book("BTCUSDT", 130, "other", 1, {ids(105, 107)}), held);
  std::vector found{lost("BTCUSDT", {ids(105, 107)}), lost("ETHUSDT", {ids(1, 2)})};
  EXPECT_EQ(admit(tapes, 31, "BTCUSDT", 106), Admission::kDeliverLate);
  tapes.keep_missing(found);
  EXPECT_THAT(found, ElementsAre(lost("BTCUSDT", {ids(105, 105), ids(107, 107)})));
  tapes.committed();
  tapes.release(kBtc);
  tapes.keep_missing(found);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(tapes.lacking({}), IsEmpty());
}

}  // namespace
}  // namespace k2::sink
