#include "tools/verify/verification.hpp"

#include "tools/verify/made_store.hpp"
#include "tools/verify/report_text.hpp"

#include <gmock/gmock.h>

namespace k2::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using VerificationTest = MadeStore;

TEST_F(VerificationTest, FindsAWholeStoreClean) {
  publish(kFirst, kLast);
  store(kFirst, kLast);
  Report const report = against_ledger();
  EXPECT_TRUE(report.clean()) << report_text(report);
  EXPECT_EQ(report.total.published, 9'001U);
  EXPECT_EQ(report.total.stored, 9'001U);
  EXPECT_TRUE(alone().clean());
}

TEST_F(VerificationTest, NamesWhatIsMissing) {
  publish(kFirst, kLast);
  store(kFirst + 2, 4'999);
  store(5'010, kLast - 3);
  Report const report = against_ledger();
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.total.missing.count(), 15U);
  EXPECT_THAT(report.symbols.at(0).missing.examples(),
              ElementsAre(ids(4'000, 4'001), ids(5'000, 5'009), ids(12'998, 13'000)));
}

TEST_F(VerificationTest, KnowsThatTheOldestWereDeletedAtTheLimit) {
  publish(kFirst, kLast);
  store(kFirst, kLast - 1);
  // The first hundred are gone; one of them came again, LATE.
  damage(
      "DELETE FROM blocks WHERE first_sequence <= 100;"
      "INSERT INTO retired VALUES ('BTCUSDT', 4099)");
  Trade late = test::sample_trade(4'050);
  late.late = true;
  builder_ = test::sample_builder(9'001);
  store(late);
  declare(4'050, 4'050, sink::GapState::kRepaired);
  Report const report = alone();
  EXPECT_TRUE(report.clean()) << report_text(report);
  EXPECT_THAT(report_text(report), HasSubstr("were deleted at journal.max_bytes"));
  EXPECT_THAT(against_ledger().symbols.at(0).missing.examples(), ElementsAre(ids(kLast, kLast)));
  // A ledger of deleted trades alone proves nothing.
  ledger_.clear();
  publish(kFirst, 4'099);
  Report const deleted = against_ledger();
  EXPECT_FALSE(deleted.clean());
  EXPECT_THAT(report_text(deleted),
              HasSubstr("none of the ids 4000 to 4099 of BTCUSDT was checked: all were deleted at "
                        "journal.max_bytes"));
  // What nobody deleted is missing as ever.
  damage("UPDATE retired SET last_id = 4049");
  EXPECT_EQ(alone().symbols.at(0).missing.examples().front(), ids(4'051, 4'099));
  // A note about what is stored excuses nothing.
  damage("UPDATE retired SET last_id = 5000");
  EXPECT_THAT(alone().wrong_positions.examples,
              ElementsAre("BTCUSDT: ids up to 5000 count as deleted at journal.max_bytes, and 4100 "
                          "is stored"));
}

TEST_F(VerificationTest, ForgivesTheEndsOnlyWhenTold) {
  publish(kFirst, kLast);
  store(kFirst + 2, kLast - 3);
  EXPECT_EQ(against_ledger({.from_first_stored = true}).total.missing.count(), 3U);
  EXPECT_EQ(against_ledger({.to_last_stored = true}).total.missing.count(), 2U);
  EXPECT_TRUE(against_ledger({.from_first_stored = true, .to_last_stored = true}).clean());
}

TEST_F(VerificationTest, MissesASymbolThatIsNotStoredAtAll) {
  publish(kFirst, kLast);
  store(kFirst, kLast);
  publish(test::sample_trade(7, SymbolIndex{1}));
  Report const report = against_ledger({.from_first_stored = true, .to_last_stored = true});
  EXPECT_EQ(report.total.missing.count(), 1U);
  EXPECT_EQ(report.symbols.at(1).symbol, "ETHUSDT");
}

TEST_F(VerificationTest, NamesDuplicatesAlsoOfChunksThatAreDone) {
  publish(kFirst, kLast);
  store(kFirst, kLast);
  store(kLast, kLast);
  store(5'000, 5'001);
  Report const report = against_ledger();
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.total.stored, 9'001U);
  EXPECT_THAT(report.symbols.at(0).duplicate.examples(),
              ElementsAre(ids(13'000, 13'000), ids(5'000, 5'001)));
}

TEST_F(VerificationTest, NamesWhatIsOutOfOrderButForLateTrades) {
  publish(kFirst, kLast);
  store(kFirst, 4'999);
  store(5'002, 6'000);
  store(5'000, 5'000);
  Trade late = test::sample_trade(5'001);
  late.late = true;
  store(late);
  store(6'001, kLast);
  declare(5'001, 5'001, sink::GapState::kRepaired);
  Report const report = against_ledger();
  EXPECT_THAT(report.symbols.at(0).out_of_order.examples(), ElementsAre(ids(5'000, 5'000)));
  EXPECT_EQ(report.total.out_of_order.count(), 1U);
  EXPECT_EQ(report.total.late, 1U);
  EXPECT_EQ(report.total.missing.count(), 0U);
}

TEST_F(VerificationTest, AcceptsLateTradesOnlyWhereAGapWasDeclared) {
  store(1, 10);
  store(13, 20);
  for (std::uint64_t const id : {11U, 12U}) {
    Trade late = test::sample_trade(id);
    late.late = true;
    store(late);
  }
  declare(11, 11, sink::GapState::kRepaired);
  Report const report = alone();
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_THAT(report.symbols.at(0).out_of_order.examples(), ElementsAre(ids(12, 12)));
}

// Each in a chunk of its own, so that each must be noticed by itself.
TEST_F(VerificationTest, NamesEachFieldThatIsAltered) {
  publish(kFirst, kLast);
  for (std::uint64_t id = kFirst; id <= kLast; ++id) {
    Trade trade = test::sample_trade(id);
    if (id == 4'050) trade.price = Price::from_mantissa(trade.price.mantissa() + 1);
    if (id == 5'000) trade.quantity = Quantity::from_mantissa(trade.quantity.mantissa() - 1);
    if (id == 9'000) trade.traded_at += std::chrono::milliseconds{1};
    if (id == 12'500) trade.side = trade.side == Side::kBuy ? Side::kSell : Side::kBuy;
    store(trade);
  }
  Report const report = against_ledger();
  EXPECT_FALSE(report.clean());
  EXPECT_THAT(
      report.symbols.at(0).altered.examples(),
      ElementsAre(ids(4'050, 4'050), ids(5'000, 5'000), ids(9'000, 9'000), ids(12'500, 12'500)));
  EXPECT_EQ(report.total.missing.count(), 0U);
}

TEST_F(VerificationTest, NamesContentsThatAreSwapped) {
  publish(1, 10);
  store(1, 4);
  Trade fifth = test::sample_trade(7);
  Trade seventh = test::sample_trade(5);
  fifth.id = TradeId{5};
  seventh.id = TradeId{7};
  store(fifth);
  store(6, 6);
  store(seventh);
  store(8, 10);
  EXPECT_THAT(against_ledger().symbols.at(0).altered.examples(), ElementsAre(ids(5, 5), ids(7, 7)));
}

TEST_F(VerificationTest, ComparesTimesInTheCoarserUnit) {
  for (std::uint64_t id = 1; id <= 10; ++id) {
    Trade trade = test::sample_trade(id);
    store(trade);  // whole milliseconds
    trade.traded_at += std::chrono::microseconds{id};
    publish(trade);
  }
  EXPECT_TRUE(against_ledger().clean());
}

TEST_F(VerificationTest, ComparesMicrosecondsWhenBothSidesKnowThem) {
  for (std::uint64_t id = 1; id <= 10; ++id) {
    Trade trade = test::sample_trade(id);
    trade.traded_at += std::chrono::microseconds{100};
    store(trade);
    trade.traded_at += std::chrono::microseconds{id == 4 ? 1 : 0};
    publish(trade);
  }
  EXPECT_THAT(against_ledger().symbols.at(0).altered.examples(), ElementsAre(ids(4, 4)));
}

TEST_F(VerificationTest, NamesWhatNobodyPublished) {
  publish(kFirst, kLast);
  store(kFirst, kLast + 2);
  EXPECT_THAT(against_ledger().symbols.at(0).unexpected.examples(),
              ElementsAre(ids(13'001, 13'002)));
}

TEST_F(VerificationTest, TellsDeclaredGapsFromMissingTrades) {
  publish(kFirst, kLast);
  store(kFirst, 5'999);
  store(6'010, kLast);
  declare(6'000, 6'004, sink::GapState::kOpen);
  declare(6'008, 6'100, sink::GapState::kVenue);
  Report const report = against_ledger();
  EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(6'005, 6'007)));
  EXPECT_THAT(report.symbols.at(0).declared.examples(),
              ElementsAre(ids(6'000, 6'004), ids(6'008, 6'009)));
  EXPECT_EQ(report.gaps.open, 1U);
  EXPECT_EQ(report.gaps.venue, 1U);
}

TEST_F(VerificationTest, AcceptsDeclaredGapsAloneAndOnRequest) {
  publish(kFirst, kLast);
  store(kFirst, 5'999);
  store(9'000, kLast);
  declare(6'000, 8'999, sink::GapState::kOpen);
  EXPECT_FALSE(against_ledger().clean());
  EXPECT_TRUE(against_ledger({.accept_declared = true}).clean());
  Report const report = alone();
  EXPECT_EQ(report.outcome(), Outcome::kNotClean) << "the exchange may still have them";
  EXPECT_EQ(report.total.open.count(), 3'000U);
  EXPECT_EQ(report.symbols.at(0).coverage.open, 3'000U);
  EXPECT_TRUE(alone({.accept_declared = true}).clean());
  damage("UPDATE gaps SET state = 2");
  Report const venue = alone();
  EXPECT_TRUE(venue.clean()) << report_text(venue);
  EXPECT_EQ(venue.total.declared.count(), 3'000U);
}

TEST_F(VerificationTest, AloneWantsEveryIdBetweenTheFirstAndTheLast) {
  store(1, 10'000);
  store(1'000'000'000'000, 1'000'000'000'001);
  Report const report = alone();
  EXPECT_FALSE(report.clean());
  EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(10'001, 999'999'999'999)));
}

TEST_F(VerificationTest, AloneSeesAHoleBetweenChunksThatAreWhole) {
  store(4'096, 8'191);
  store(12'288, 16'383);
  EXPECT_THAT(alone().symbols.at(0).missing.examples(), ElementsAre(ids(8'192, 12'287)));
}

TEST_F(VerificationTest, CountsADamagedBlockAndMissesItsTrades) {
  publish(1, 1'000);
  store(1, 1'000);
  damage("UPDATE blocks SET bytes = zeroblob(length(bytes)) WHERE first_sequence = 101");
  Report const report = against_ledger();
  EXPECT_EQ(report.invalid_blocks.count, 1U);
  EXPECT_THAT(report.invalid_blocks.examples, ElementsAre(HasSubstr("sequence 101")));
  EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(101, 200)));
}

TEST_F(VerificationTest, SeesABlockThatWasTakenOut) {
  store(1, 1'000);
  damage("DELETE FROM blocks WHERE first_sequence = 501");
  Report const report = alone();
  EXPECT_THAT(report.invalid_blocks.examples, ElementsAre(HasSubstr("501 to 600")));
  EXPECT_EQ(report.total.missing.count(), 100U);
}

TEST_F(VerificationTest, CountsRecordsThatContradictTheirPlace) {
  store(1, 3);
  builder_.take(batch_.block);
  auto elsewhere = test::sample_builder(8);
  elsewhere.append(test::sample_trade(4));
  sink::Block misplaced;
  elsewhere.take(misplaced);
  sink::join_blocks({.first_sequence = 4,
                     .count = 1,
                     .first = misplaced.first,
                     .last = misplaced.last,
                     .checksum = 0,
                     .bytes = misplaced.bytes,
                     .positions = {}},
                    batch_.block);
  batch_.block.checksum = sink::block_checksum(batch_.block);
  auto const journal = io::Journal::open({.data_dir = data_dir()}).value();
  ASSERT_TRUE(journal->commit({&batch_, 1}));
  Report const report = verify({.data_dir = data_dir()}).value();
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.total.stored, 3U);
  EXPECT_THAT(report.invalid_records.examples, ElementsAre(HasSubstr("sequence 4")));
}

TEST_F(VerificationTest, SeesAPositionThatDisagreesWithTheBlocks) {
  store(1, 100);
  damage("UPDATE positions SET last_id = 99");
  Report const report = alone();
  EXPECT_FALSE(report.clean());
  EXPECT_THAT(report.wrong_positions.examples, ElementsAre(HasSubstr("end at 100")));
}

TEST_F(VerificationTest, SeesADeclaredGapThatIsNone) {
  store(1, 5'000);
  declare(4'090, 4'090, sink::GapState::kRepaired);
  declare(4'095, 4'100, sink::GapState::kOpen);
  declare(5'001, 5'002, sink::GapState::kVenue);
  Report const report = alone();
  EXPECT_FALSE(report.clean());
  EXPECT_THAT(report.wrong_gaps.examples, ElementsAre("BTCUSDT: 4095 is there, and declared open"));
  EXPECT_THAT(verdict_text(report), HasSubstr("1 wrong gaps"));
}

TEST_F(VerificationTest, WhatWasRepairedAndIsNotThereIsMissing) {
  store(1, 9);
  store(12, 100);
  declare(10, 10, sink::GapState::kRepaired);
  declare(11, 11, sink::GapState::kOpen);
  Report const report = alone();
  EXPECT_EQ(report.total.missing.count(), 1U);
  EXPECT_EQ(report.total.declared.count(), 1U);
}

TEST_F(VerificationTest, FindsNothingToCompareUnclean) {
  EXPECT_EQ(alone().outcome(), Outcome::kUnknown);
  EXPECT_EQ(against_ledger().outcome(), Outcome::kUnknown);
}

TEST_F(VerificationTest, DoesNotKnowWhatACutLastLineSays) {
  publish(1, 10);
  store(1, 10);
  publish(test::sample_trade(11));
  ledger_.resize(ledger_.size() - 3);
  Report const report = against_ledger();
  EXPECT_EQ(report.outcome(), Outcome::kUnknown) << report_text(report);
  EXPECT_THAT(report.unread.examples, ElementsAre(HasSubstr("line 11: the last line is cut")));
}

TEST_F(VerificationTest, RefusesALedgerThatIsBrokenInItsMiddle) {
  flush();
  std::ofstream{ledger()} << "BTCUSDT,1,1.0,1.0,1723161255000000\nBTCUSDT,2,1,1,1,true\n";
  Request const request{.data_dir = data_dir(), .sources = {{Against::kLedger, ledger(), {}}}};
  auto const report = verify(request);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().to_string(), HasSubstr("line 1"));
}

TEST_F(VerificationTest, ComparesTwoDataDirectories) {
  store(1, 1'000);
  ASSERT_NO_FATAL_FAILURE(flush());
  auto const copy = dir_.path() / "copy";
  std::filesystem::copy(data_dir(), copy);
  store(1'001, 1'002);
  Report const report = alone({.sources = {{Against::kJournal, copy, {}}}});
  EXPECT_THAT(report.symbols.at(0).unexpected.examples(), ElementsAre(ids(1'001, 1'002)));
  EXPECT_THAT(report.symbols.at(0).missing.examples(), IsEmpty());
}

TEST_F(VerificationTest, LooksAtAPartOfTheTimeOnly) {
  store(1, 500);
  store(502, 700);
  ASSERT_NO_FATAL_FAILURE(flush());
  auto const copy = dir_.path() / "copy";
  std::filesystem::copy(data_dir(), copy);
  store(703, 1'000);
  std::vector<SourcePlace> const other{{Against::kJournal, copy, {}}};
  auto const window = [](std::uint64_t first, std::uint64_t behind) {
    return Window{test::sample_trade(first).traded_at, test::sample_trade(behind).traded_at};
  };
  Report const inside = alone({.sources = other, .window = window(450, 650)});
  EXPECT_TRUE(inside.clean()) << report_text(inside);
  EXPECT_EQ(inside.total.stored, 199U);
  EXPECT_EQ(inside.total.published, 199U);
  Report const across = alone({.sources = other, .window = window(650, 706)});
  EXPECT_THAT(across.symbols.at(0).unexpected.examples(), ElementsAre(ids(703, 705)));
  EXPECT_EQ(across.symbols.at(0).missing.count(), 0U);
  EXPECT_EQ(alone({.window = window(450, 650)}).total.missing.count(), 1U);
  EXPECT_TRUE(alone({.window = window(510, 650)}).clean());
  EXPECT_EQ(alone({.window = {.since = window(600, 600).since}}).symbols.at(0).missing.examples(),
            (std::vector<IdRange>{ids(701, 702)}));
}

}  // namespace
}  // namespace k2::verify
