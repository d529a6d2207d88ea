#include "sink/delivery.hpp"

#include "sink/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int32_t kPartitions = 4;
std::int32_t const kBtc = partition_of("BTCUSDT", kPartitions);
std::int32_t const kEth = partition_of("ETHUSDT", kPartitions);

MonoTime at(int second) {
  return MonoTime{seconds{second}};
}

PositionBook book(std::string_view symbol, std::uint64_t last) {
  PositionBook made;
  EXPECT_TRUE(made.apply(symbol, position_value(TradeId{last}, "other", 1, {})));
  return made;
}

class DeliveryTest : public testing::Test {
 protected:
  void start(Standby standby = Standby::kCold) {
    delivery_.emplace(
        DeliveryOptions{.journal = "mine", .partitions = kPartitions, .standby = standby},
        JournalFacts{}, at(0));
    delivery_->on_producer_opened();
  }
  void assign(std::vector<std::int32_t> const& partitions) { delivery_->on_assigned(partitions); }
  void revoke(std::vector<std::int32_t> const& partitions) { delivery_->on_revoked(partitions); }
  void load(PositionBook const& positions = {}) {
    delivery_->on_loaded(delivery_->loading().ticket, positions, JournalFacts{}, {});
  }
  Admission admit(std::uint64_t sequence, std::string_view symbol, std::uint64_t id) {
    return delivery_->admit(sequence, symbol, TradeId{id}, false);
  }
  /// Looks for an outcome each second, and finds none.
  void wait_unsettled(int from, int to) {
    for (int second = from; second <= to; ++second) {
      delivery_->tick(at(second));
      delivery_->on_unsettled();
    }
  }
  /// Returns the partitions that the shard should carry now; fails if they have not changed.
  std::set<std::int32_t> recorded() { return delivery_->take_recording().value().partitions; }

  std::optional<Delivery> delivery_;
};

TEST_F(DeliveryTest, OpensAProducerAndWaitsForTheGroup) {
  delivery_.emplace(DeliveryOptions{.journal = "mine", .partitions = kPartitions}, JournalFacts{},
                    at(0));
  EXPECT_EQ(delivery_->next(), DeliveryStep::kOpenProducer);
  delivery_->on_producer_opened();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  EXPECT_FALSE(delivery_->take_recording());
}

TEST_F(DeliveryTest, DeliversAPartitionOnceItsPositionsAreRead) {
  start();
  assign({kBtc});
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  EXPECT_THAT(delivery_->loading().partitions, ElementsAre(kBtc));
  load(book("BTCUSDT", 7));
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  EXPECT_THAT(delivery_->owned(), ElementsAre(kBtc));
  auto const recording = delivery_->take_recording().value();
  EXPECT_FALSE(recording.all);
  EXPECT_THAT(recording.partitions, ElementsAre(kBtc));
  EXPECT_EQ(recording.positions.at("BTCUSDT").last, TradeId{7});
  EXPECT_EQ(admit(1, "BTCUSDT", 7), Admission::kSkip);
  EXPECT_EQ(admit(2, "BTCUSDT", 8), Admission::kDeliver);
}

TEST_F(DeliveryTest, ALoadingThatHasBeenOvertakenCountsForNothing) {
  start();
  assign({kBtc});
  auto const ticket = delivery_->loading().ticket;
  revoke({kBtc});
  assign({kBtc});
  delivery_->on_loaded(ticket, {}, JournalFacts{}, {});
  EXPECT_THAT(delivery_->owned(), IsEmpty());
  load();
  EXPECT_THAT(delivery_->owned(), ElementsAre(kBtc));
}

TEST_F(DeliveryTest, OthersAreDeliveredWhileAPartitionIsLoading) {
  start();
  assign({kBtc});
  load();
  assign({kEth});
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  EXPECT_EQ(admit(1, "ETHUSDT", 1), Admission::kSkip);
  EXPECT_EQ(admit(2, "BTCUSDT", 1), Admission::kDeliver);
}

TEST_F(DeliveryTest, WhatIsRevokedIsDeliveredAndRecordedNoMore) {
  start();
  assign({kBtc, kEth});
  load();
  EXPECT_EQ(recorded(), (std::set{kBtc, kEth}));
  revoke({kBtc});
  EXPECT_THAT(delivery_->owned(), ElementsAre(kEth));
  EXPECT_EQ(recorded(), std::set{kEth});
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kSkip);
}

TEST_F(DeliveryTest, WhatIsLostIsRecordedOnUntilTheGroupSaysWhoHasIt) {
  start();
  assign({kBtc, kEth});
  load();
  (void)recorded();
  delivery_->on_lost();
  EXPECT_TRUE(delivery_->is_zombie());
  EXPECT_THAT(delivery_->owned(), IsEmpty());
  EXPECT_FALSE(delivery_->take_recording());
  // Nothing may be passed over that may be its own.
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  assign({kEth});
  EXPECT_FALSE(delivery_->is_zombie());
  EXPECT_EQ(recorded(), std::set{kEth});
  load();
  EXPECT_THAT(delivery_->owned(), ElementsAre(kEth));
}

TEST_F(DeliveryTest, AStandbyWithNothingReadsAndPassesOver) {
  start();
  assign({});
  EXPECT_TRUE(delivery_->is_member());
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kSkip);
}

TEST_F(DeliveryTest, AloneItRecordsEverythingUntilTheGroupSpeaks) {
  start();
  delivery_->tick(at(4));
  EXPECT_FALSE(delivery_->take_recording());
  delivery_->tick(at(5));
  EXPECT_TRUE(delivery_->take_recording().value().all);
  assign({kBtc});
  auto const recording = delivery_->take_recording().value();
  EXPECT_FALSE(recording.all);
  EXPECT_THAT(recording.partitions, ElementsAre(kBtc));
}

TEST_F(DeliveryTest, AWarmStandbyRecordsEverythingAlways) {
  start(Standby::kWarm);
  assign({kBtc});
  load();
  EXPECT_TRUE(delivery_->take_recording().value().all);
  revoke({kBtc});
  EXPECT_FALSE(delivery_->take_recording());
}

TEST_F(DeliveryTest, AfterARefusalEverythingIsReadAnewFromTheTopic) {
  start();
  assign({kBtc});
  load();
  (void)delivery_->take_seek();
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kDeliver);
  delivery_->on_begun();
  delivery_->on_refused(true);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kAbort);
  EXPECT_TRUE(delivery_->is_zombie());
  delivery_->on_aborted();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  EXPECT_THAT(delivery_->loading().partitions, ElementsAre(kBtc));
  load();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  EXPECT_TRUE(delivery_->take_seek());
  EXPECT_FALSE(delivery_->take_seek());
  EXPECT_EQ(delivery_->head(), 1U);
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kDeliver);
  delivery_->on_begun();
  delivery_->on_settled();
  EXPECT_FALSE(delivery_->is_zombie());
  EXPECT_EQ(admit(2, "BTCUSDT", 1), Admission::kSkip);
}

TEST_F(DeliveryTest, AfterAnUnknownOutcomeEverythingIsReadAnewFromTheTopic) {
  start();
  assign({kBtc, kEth});
  load();
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kDeliver);
  delivery_->on_begun();
  delivery_->on_failed();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kOpenProducer);
  EXPECT_THAT(delivery_->owned(), IsEmpty());
  delivery_->on_producer_opened();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  EXPECT_EQ(delivery_->loading().partitions, (std::set{kBtc, kEth}));
  // It was committed after all.
  load(book("BTCUSDT", 1));
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kSkip);
}

TEST_F(DeliveryTest, WhatHangsInThePartitionsIsSweptOnceItMustBeOver) {
  start();
  assign({kBtc});
  load();
  assign({kEth});
  wait_unsettled(3, 27);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  delivery_->tick(at(28));
  delivery_->on_unsettled();
  delivery_->on_begun();
  // A transaction of its own ends first.
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
  delivery_->on_settled();
  EXPECT_EQ(delivery_->next(), DeliveryStep::kSweep);
  delivery_->on_swept();
  // Its own name was among those that were swept for.
  EXPECT_EQ(delivery_->next(), DeliveryStep::kOpenProducer);
  EXPECT_EQ(delivery_->loading().partitions, (std::set{kBtc, kEth}));
  delivery_->on_producer_opened();
  wait_unsettled(28, 52);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  wait_unsettled(53, 53);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kSweep);
}

TEST_F(DeliveryTest, TimeWithoutALookIsNoWaitForAnOutcome) {
  start();
  assign({kBtc});
  wait_unsettled(0, 20);
  // The brokers were down, or the process was stopped.
  wait_unsettled(26, 50);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  wait_unsettled(51, 51);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kSweep);
}

TEST_F(DeliveryTest, LooksThatTakeSomeSecondsAreOneWait) {
  start();
  assign({kBtc});
  for (int second = 0; second < 25; second += 5) wait_unsettled(second, second);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  wait_unsettled(25, 25);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kSweep);
}

TEST_F(DeliveryTest, EachLoadingHasItsOwnTimeToSettle) {
  start();
  assign({kBtc});
  wait_unsettled(0, 20);
  assign({kEth});
  wait_unsettled(20, 44);
  EXPECT_EQ(delivery_->next(), DeliveryStep::kWait);
  load();
  delivery_->tick(at(60));
  EXPECT_EQ(delivery_->next(), DeliveryStep::kRead);
}

TEST_F(DeliveryTest, DeadLettersContinueAfterWhatTheTopicHas) {
  start();
  EXPECT_FALSE(delivery_->letters_known());
  assign({kBtc});
  EXPECT_EQ(delivery_->letters_due(), std::nullopt);
  PositionBook positions;
  ASSERT_TRUE(positions.apply(letter_key("mine"), letter_value(3)));
  ASSERT_TRUE(positions.apply(letter_key("other"), letter_value(9)));
  delivery_->on_loaded(delivery_->loading().ticket, positions, {.newest_letter = 8}, {});
  EXPECT_EQ(delivery_->letters_due(), 3U);
  delivery_->on_begun();
  delivery_->on_letters(5);
  delivery_->on_settled();
  EXPECT_EQ(delivery_->letters_due(), 5U);
  revoke({kBtc});
  EXPECT_EQ(delivery_->letters_due(), 5U);
  delivery_->on_lost();
  EXPECT_EQ(delivery_->letters_due(), std::nullopt) << "the group continued without this process";
  EXPECT_TRUE(delivery_->letters_known());
}

TEST_F(DeliveryTest, DeadLettersNeedNoPartition) {
  start();
  EXPECT_FALSE(delivery_->is_loading()) << "not a member of the group yet";
  assign({});
  EXPECT_TRUE(delivery_->is_loading());
  PositionBook positions;
  ASSERT_TRUE(positions.apply(letter_key("mine"), letter_value(3)));
  delivery_->on_loaded(delivery_->loading().ticket, positions, {.newest_letter = 8}, {});
  EXPECT_FALSE(delivery_->is_loading());
  EXPECT_EQ(delivery_->letters_due(), 3U);
  delivery_->on_failed();
  EXPECT_TRUE(delivery_->is_loading()) << "the outcome of a transaction with letters is unknown";
}

TEST_F(DeliveryTest, AJournalThatLostItsTailNumbersItsLettersAnew) {
  start();
  assign({kBtc});
  PositionBook positions;
  ASSERT_TRUE(positions.apply(letter_key("mine"), letter_value(9)));
  delivery_->on_loaded(delivery_->loading().ticket, positions, {.newest_letter = 4}, {});
  EXPECT_EQ(delivery_->letters_due(), 4U);
}

TEST_F(DeliveryTest, AfterARefusalTradesGoWithoutLettersForAWhile) {
  start();
  assign({kBtc});
  load();
  EXPECT_EQ(delivery_->letters_due(), 0U);
  delivery_->on_begun();
  delivery_->on_letters(2);
  delivery_->on_refused(false);
  delivery_->on_aborted();
  load();
  EXPECT_EQ(delivery_->letters_due(), std::nullopt);
  delivery_->tick(at(1));
  EXPECT_EQ(delivery_->letters_due(), 0U);
}

TEST_F(DeliveryTest, TheJournalsGapsAreLookedAtWhileIdsAreMissing) {
  start();
  assign({kBtc});
  load();
  EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kDeliver);
  delivery_->on_begun();
  delivery_->on_settled();
  delivery_->tick(at(5));
  EXPECT_FALSE(delivery_->take_gap_look());
  EXPECT_EQ(admit(2, "BTCUSDT", 5), Admission::kDeliver);
  delivery_->on_begun();
  delivery_->on_settled();
  delivery_->tick(at(10));
  EXPECT_TRUE(delivery_->take_gap_look());
  EXPECT_FALSE(delivery_->take_gap_look());
  std::vector const gaps{DeclaredGap{"BTCUSDT", {TradeId{2}, TradeId{4}}, "", GapState::kVenue}};
  delivery_->on_gaps(gaps);
  EXPECT_TRUE(delivery_->has_moved());
  delivery_->tick(at(15));
  EXPECT_FALSE(delivery_->take_gap_look());
}

/// Delivers 1 and 5 of BTCUSDT, so that the topic lacks 2 to 4.
class LostIdsTest : public DeliveryTest {
 protected:
  LostIdsTest() {
    start();
    assign({kBtc});
    load();
    EXPECT_EQ(admit(1, "BTCUSDT", 1), Admission::kDeliver);
    EXPECT_EQ(admit(2, "BTCUSDT", 5), Admission::kDeliver);
    delivery_->on_begun();
    delivery_->on_settled();
  }
  void look(int second, std::vector<DeclaredGap> const& gaps = {}) {
    delivery_->tick(at(second));
    EXPECT_TRUE(delivery_->take_gap_look());
    delivery_->on_gaps(gaps);
  }
  std::vector<SymbolIds> const lost_{{"BTCUSDT", {{TradeId{2}, TradeId{4}}}}};
};

TEST_F(LostIdsTest, AreRequestedOnceTheJournalHasBeenReadToItsEndTwice) {
  look(5);
  delivery_->on_journal_end();
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
  look(10);
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
  delivery_->on_journal_end();
  EXPECT_EQ(delivery_->take_lost_ids(), lost_);
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
  look(15);
  delivery_->on_journal_end();
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
}

TEST_F(LostIdsTest, AreNotThoseThatTheRestOfTheJournalBrings) {
  look(5);
  delivery_->on_journal_end();
  look(10);
  for (std::uint64_t id = 2; id <= 4; ++id) {
    EXPECT_EQ(delivery_->admit(1 + id, "BTCUSDT", TradeId{id}, true), Admission::kDeliver);
  }
  delivery_->on_journal_end();
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
}

TEST_F(LostIdsTest, AreNotThoseThatTheJournalFetchesAlready) {
  std::vector const open{DeclaredGap{"BTCUSDT", {TradeId{2}, TradeId{4}}, "", GapState::kOpen}};
  for (int second = 5; second <= 20; second += 5) {
    look(second, open);
    delivery_->on_journal_end();
  }
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
}

TEST_F(LostIdsTest, AreNotRequestedWhileNothingIsOwned) {
  look(5);
  delivery_->on_journal_end();
  look(10);
  delivery_->on_failed();
  delivery_->on_journal_end();
  EXPECT_THAT(delivery_->take_lost_ids(), IsEmpty());
}

TEST_F(DeliveryTest, CountsWhatTheGroupDoes) {
  start();
  assign({kBtc});
  revoke({kBtc});
  delivery_->on_lost();
  EXPECT_EQ(delivery_->counts().rebalances, 3U);
  EXPECT_EQ(delivery_->counts().lost, 1U);
}

}  // namespace
}  // namespace k2::sink
