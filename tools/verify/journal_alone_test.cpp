// Tests a journal without a source: it must contain everything that it records about itself.
#include "tools/verify/made_store.hpp"
#include "tools/verify/report_text.hpp"

#include <gmock/gmock.h>

namespace k2::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class JournalAloneTest : public MadeStore {
 protected:
  /// The report on 1,000 trades in ten blocks after the damage.
  Report after(char const* sql, Request const& request = {}) {
    store(1, 1'000);
    damage(sql);
    return alone(request);
  }
  static Window window(std::uint64_t first, std::uint64_t behind) {
    return {test::sample_trade(first).traded_at, test::sample_trade(behind).traded_at};
  }
};

TEST_F(JournalAloneTest, MissesTheOldestBlocks) {
  Report const report = after("DELETE FROM blocks WHERE first_sequence < 401");
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_THAT(report.invalid_blocks.examples,
              ElementsAre("no block holds sequences 1 to 400, and none was deleted at "
                          "journal.max_bytes"));
}

TEST_F(JournalAloneTest, MissesAllBlocksButTheLast) {
  EXPECT_EQ(after("DELETE FROM blocks WHERE first_sequence < 901").outcome(), Outcome::kNotClean);
}

TEST_F(JournalAloneTest, MissesBlocksBehindThoseThatWereRightlyDeleted) {
  Report const old = after(
      "INSERT INTO retired VALUES ('BTCUSDT', 200);"
      "DELETE FROM blocks WHERE first_sequence < 401");
  EXPECT_THAT(old.symbols.at(0).missing.examples(), ElementsAre(ids(201, 400)));
  damage("INSERT INTO meta VALUES ('retired_to', 201)");
  EXPECT_THAT(alone().invalid_blocks.examples,
              ElementsAre("the oldest block is at sequence 401, and those before 201 were deleted "
                          "at journal.max_bytes"));
}

TEST_F(JournalAloneTest, MissesTheNewestBlocksWhateverTheWindow) {
  for (Request const& request : {Request{}, Request{.window = {.until = window(1, 500).until}},
                                 Request{.window = {.since = window(300, 1).since}}}) {
    store(1, 1'000);
    damage("DELETE FROM blocks WHERE first_sequence >= 801");
    Report const report = alone(request);
    EXPECT_EQ(report.outcome(), Outcome::kNotClean);
    EXPECT_THAT(report.wrong_positions.examples,
                ElementsAre("BTCUSDT: the records end at 800, the position is 1000"));
    std::filesystem::remove_all(data_dir());
    builder_ = test::sample_builder();
  }
}

TEST_F(JournalAloneTest, MissesIdsUpToThePosition) {
  Report const report = after("DELETE FROM blocks WHERE first_sequence >= 801");
  EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(801, 1'000)));
  EXPECT_EQ(report.symbols.at(0).coverage.last.id, TradeId{1'000});
  EXPECT_EQ(report.symbols.at(0).coverage.last.from, "position");
}

TEST_F(JournalAloneTest, MissesAWholeTape) {
  Report const report = after("INSERT INTO positions VALUES ('ETHUSDT', 77)");
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_EQ(report.symbols.at(1).symbol, "ETHUSDT");
  EXPECT_EQ(report.symbols.at(1).missing.count(), 1U);
  EXPECT_THAT(report.wrong_positions.examples,
              ElementsAre("ETHUSDT: no record in order is stored, the position is 77"));
}

TEST_F(JournalAloneTest, KnowsAQuietTapeThatWasDeletedAsAWhole) {
  store(test::sample_trade(7, SymbolIndex{1}));
  store(1, 999);
  damage(
      "DELETE FROM blocks WHERE first_sequence <= 100;"
      "INSERT INTO retired VALUES ('BTCUSDT', 99), ('ETHUSDT', 7)");
  Report const report = alone();
  EXPECT_TRUE(report.clean()) << report_text(report);
  EXPECT_EQ(report.symbols.at(0).coverage.first.from, "retention");
  damage("UPDATE positions SET last_id = 8 WHERE symbol = 'ETHUSDT'");
  EXPECT_EQ(alone().outcome(), Outcome::kNotClean);
}

TEST_F(JournalAloneTest, FindsBlocksThatOverlap) {
  Report const report = after(
      "INSERT INTO blocks SELECT 350, count, first_time, last_time, checksum, bytes FROM blocks "
      "WHERE first_sequence = 301");
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_THAT(report.invalid_blocks.examples, ElementsAre(HasSubstr("the block at sequence 350")));
}

TEST_F(JournalAloneTest, CountsRowsThatNoReaderComesUpon) {
  Report const report = after(
      "INSERT INTO blocks SELECT -5, count, first_time, last_time, checksum, bytes FROM blocks "
      "WHERE first_sequence = 301");
  EXPECT_THAT(report.invalid_blocks.examples,
              ElementsAre("the block at sequence -5: sequences begin at 1",
                          "the journal counts 11 blocks, 10 were read"));
}

TEST_F(JournalAloneTest, TakesNoNoteOfDeletionForAHole) {
  Report const report = after(
      "DELETE FROM blocks WHERE first_sequence BETWEEN 301 AND 700;"
      "INSERT INTO retired VALUES ('BTCUSDT', 999999)");
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  publish(1, 1'000);
  EXPECT_EQ(against_ledger().outcome(), Outcome::kNotClean);
  EXPECT_EQ(report.wrong_positions.count, 1U);
}

TEST_F(JournalAloneTest, TakesNoUnknownGapForAnExcuse) {
  for (char const* const gap :
       {"100, 199, '', 7, 0", "100, 199, '', -1, 0", "199, 100, '', 2, 0", "-9, 199, '', 2, 0"}) {
    store(1, 99);
    store(200, 300);
    damage(fmt::format("INSERT INTO gaps VALUES ('BTCUSDT', {})", gap).c_str());
    Report const report = alone();
    EXPECT_EQ(report.wrong_gaps.count, 1U) << gap;
    EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(100, 199)));
    std::filesystem::remove_all(data_dir());
    builder_ = test::sample_builder();
  }
}

TEST_F(JournalAloneTest, EndsSoonHoweverLongAGapIs) {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 62;
  store(1, 10);
  store(kFar, kFar + 9);
  declare(11, kFar - 1, sink::GapState::kVenue);
  Report const report = alone();
  EXPECT_TRUE(report.clean()) << report_text(report);
  EXPECT_EQ(report.total.declared.count(), kFar - 11);
  damage("UPDATE gaps SET first_id = 5");
  EXPECT_THAT(alone().wrong_gaps.examples, ElementsAre("BTCUSDT: 5 is there, and declared venue"));
  damage("DELETE FROM gaps");
  EXPECT_EQ(alone().total.missing.count(), kFar - 11);
}

// A LATE trade belongs to its own time, not to the place where it is stored.
TEST_F(JournalAloneTest, RaisesNoAlarmShortlyBehindLateTrades) {
  store(1, 499);
  store(550, 700);
  for (std::uint64_t id = 500; id < 550; ++id) {
    Trade late = test::sample_trade(id);
    late.late = true;
    store(late);
  }
  declare(500, 549, sink::GapState::kRepaired);
  store(701, 1'000);
  for (std::uint64_t const since : {450U, 499U, 500U, 520U, 549U, 550U, 600U, 699U, 701U}) {
    Report const report = alone({.window = {.since = window(since, 1).since}});
    EXPECT_TRUE(report.clean()) << since << '\n' << report_text(report);
    EXPECT_EQ(report.total.stored, 1'001 - since);
  }
}

TEST_F(JournalAloneTest, ReadsTheBlockBeforeAWindowWhoseTimesMayLie) {
  Request const request{.window = {.since = window(450, 1).since}};
  Report const report =
      after("UPDATE blocks SET first_time = 0, last_time = 0 WHERE first_sequence = 401", request);
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_THAT(report.invalid_blocks.examples, ElementsAre(HasSubstr("sequence 401")));
}

TEST_F(JournalAloneTest, MissesBlocksBeforeAWindow) {
  Request const request{.window = {.since = window(850, 1).since}};
  Report const report = after("DELETE FROM blocks WHERE first_sequence = 301", request);
  EXPECT_EQ(report.invalid_blocks.count, 1U);
}

TEST_F(JournalAloneTest, FindsTheEndOfATapeThatIsQuietInTheWindow) {
  store(test::sample_trade(7, SymbolIndex{1}));
  store(1, 999);
  Request const request{.window = {.since = window(900, 1).since}};
  Report const sound = alone(request);
  EXPECT_TRUE(sound.clean()) << report_text(sound);
  damage("UPDATE positions SET last_id = 8 WHERE symbol = 'ETHUSDT'");
  EXPECT_THAT(alone(request).wrong_positions.examples,
              ElementsAre("ETHUSDT: the records end at 7, the position is 8"));
}

}  // namespace
}  // namespace k2::verify
