#include "io/journal_retention.hpp"

#include "io/journal.hpp"
#include "io/journal_reader.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

using sink::Position;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kLimit = 200'000;
/// So many records make one row each time.
constexpr std::uint64_t kBlock = 200;

class Retention : public testing::Test {
 protected:
  Retention() { open(); }

  void open() {
    journal_.reset();
    journal_ = Journal::open({.data_dir = dir_.path(),
                              .retention = {.bytes_max = kLimit,
                                            .needed_from = [this] { return needed_from_; }}})
                   .value();
    builder_.emplace(test::sample_builder(journal_->next_sequence()));
  }

  /// Stores the next block of trades; ids go on where sequence numbers do.
  Result<void> store() {
    sink::Batch batch;
    for (std::uint64_t at = 0; at < kBlock; ++at)
      builder_->append(test::sample_trade(next_id_ + at));
    builder_->take(batch.block);
    auto const stored = journal_->commit({&batch, 1});
    if (stored) {
      next_id_ += kBlock;
    } else {
      builder_.emplace(test::sample_builder(journal_->next_sequence()));
    }
    return stored;
  }
  JournalReader reader() { return JournalReader::open(dir_.path()).value(); }

  test::TempDir dir_;
  std::uint64_t needed_from_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t next_id_ = 1'001;
  std::optional<sink::BlockBuilder> builder_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(Retention, DeletesTheOldestAtTheLimitAndRemembersWhichIdsWent) {
  for (int at = 0; at < 100; ++at) ASSERT_TRUE(store());
  auto const extent = reader().extent().value();
  EXPECT_EQ(extent.end_sequence, 100 * kBlock + 1);
  EXPECT_GT(extent.first_sequence, 80 * kBlock);
  EXPECT_LT(extent.first_sequence, 100 * kBlock);
  EXPECT_EQ(journal_->retention().records(), extent.first_sequence - 1);
  EXPECT_EQ(journal_->retention().blocks(), (extent.first_sequence - 1) / kBlock);
  // Ids begin at 1,001 and sequence numbers at 1.
  EXPECT_THAT(reader().retired().value(),
              ElementsAre(Position{"BTCUSDT", TradeId{extent.first_sequence - 1 + 1'000}}));
  EXPECT_THAT(journal_->positions().value(),
              ElementsAre(Position{"BTCUSDT", TradeId{next_id_ - 1}}));
}

TEST_F(Retention, DeletesTheRowsOfFilledGapsWithTheBlocksThatHoldTheirTrades) {
  auto const gap = [](std::uint64_t id, GapState state, std::uint64_t as_of) {
    return sink::DeclaredGap{.symbol = "BTCUSDT",
                             .ids = {TradeId{id}, TradeId{id}},
                             .why = "",
                             .state = state,
                             .declared_at = test::sample_trade(as_of).received_at};
  };
  sink::Batch gaps;
  gaps.gaps = {gap(1'010, GapState::kRepaired, 1'100), gap(1'020, GapState::kVenue, 1'100),
               gap(1'030, GapState::kOpen, 1'100), gap(1'040, GapState::kRepaired, 90'000)};
  ASSERT_TRUE(journal_->commit({&gaps, 1}));
  for (int at = 0; at < 100; ++at) ASSERT_TRUE(store());
  ASSERT_GT(reader().extent().value().first_sequence, 80 * kBlock);
  std::vector<std::uint64_t> left;
  for (auto const& row : reader().gaps().value()) left.push_back(value(row.ids.first));
  EXPECT_THAT(left, ElementsAre(1'020, 1'030, 1'040))
      << "the trade of the last one is in a block that is still there";
}

TEST_F(Retention, KeepsTheFileSmallForGood) {
  for (int at = 0; at < 30; ++at) ASSERT_TRUE(store());
  ASSERT_TRUE(journal_->checkpoint());
  auto const size = std::filesystem::file_size(dir_.path() / "journal.db");
  for (int at = 0; at < 300; ++at) ASSERT_TRUE(store());
  ASSERT_TRUE(journal_->checkpoint());
  EXPECT_LE(std::filesystem::file_size(dir_.path() / "journal.db"), size + 2 * 64'000);
}

TEST_F(Retention, DeletesNothingThatIsNeededAndSaysThatItIsFull) {
  needed_from_ = 3 * kBlock + 1;  // three blocks are delivered, the last of them is kept
  Result<void> stored;
  int blocks = 0;
  for (; stored && blocks < 100; ++blocks) stored = store();
  ASSERT_TRUE(stored.has_error());
  EXPECT_EQ(stored.error().code, Errc::kDiskFull);
  EXPECT_THAT(stored.error().detail, HasSubstr("journal.max_bytes"));
  EXPECT_EQ(reader().extent().value().first_sequence, 2 * kBlock + 1);
  // Full it stays, also after a restart, until more is delivered; then nothing is missing.
  EXPECT_TRUE(store().has_error());
  open();
  EXPECT_TRUE(store().has_error());
  needed_from_ = 10 * kBlock + 1;
  for (int at = 0; at < 5; ++at) ASSERT_TRUE(store()) << at;
  auto const extent = reader().extent().value();
  EXPECT_EQ(extent.end_sequence, next_id_ - 1'000);
  EXPECT_LE(extent.first_sequence, 9 * kBlock + 1);
}

TEST_F(Retention, ABlockThatReachesUpToWhatIsNeededStays) {
  // The record before is what a follower recognises the journal by.
  needed_from_ = kBlock + 1;
  Result<void> stored;
  for (int at = 0; stored && at < 100; ++at) stored = store();
  EXPECT_EQ(reader().extent().value().first_sequence, 1U);
  needed_from_ = kBlock + 2;
  (void)store();
  EXPECT_EQ(reader().extent().value().first_sequence, kBlock + 1);
}

TEST_F(Retention, DeadLettersDisplaceNoTradeAndNeverStopTheJournal) {
  for (bool const followed : {true, false}) {
    journal_.reset();
    std::filesystem::remove_all(dir_.path());
    RetentionOptions retention{.bytes_max = kLimit};
    if (followed) retention.needed_from = [] { return std::uint64_t{1}; };
    journal_ = Journal::open({.data_dir = dir_.path(), .retention = std::move(retention)}).value();
    builder_.emplace(test::sample_builder(journal_->next_sequence()));
    next_id_ = 1'001;
    ASSERT_TRUE(store());
    for (int at = 0; at < 100; ++at) {
      sink::Batch batch;
      batch.dead_letters.push_back({{}, "json_syntax", "", std::string(16'384, 'x')});
      auto const stored = journal_->commit({&batch, 1});
      ASSERT_TRUE(stored) << stored.error().to_string();
    }
    ASSERT_TRUE(store()) << "the letters alone are eight times the limit";
    EXPECT_EQ(reader().extent().value().first_sequence, 1U);
    EXPECT_EQ(journal_->retention().records(), 0U);
  }
}

TEST_F(Retention, WithoutAFollowerTheJournalNeverStopsAtItsLimit) {
  journal_.reset();
  std::filesystem::remove_all(dir_.path());
  // The empty tables alone are larger.
  journal_ = Journal::open({.data_dir = dir_.path(), .retention = {.bytes_max = 1}}).value();
  builder_.emplace(test::sample_builder(journal_->next_sequence()));
  for (int at = 0; at < 5; ++at) ASSERT_TRUE(store()) << at;
  EXPECT_GE(reader().extent().value().first_sequence, 3 * kBlock + 1);
}

TEST_F(Retention, WithoutALimitNothingGoes) {
  journal_.reset();
  journal_ = Journal::open({.data_dir = dir_.path()}).value();
  for (int at = 0; at < 50; ++at) ASSERT_TRUE(store());
  EXPECT_EQ(reader().extent().value().first_sequence, 1U);
  EXPECT_THAT(reader().retired().value(), ElementsAre());
}

}  // namespace
}  // namespace k2::io
