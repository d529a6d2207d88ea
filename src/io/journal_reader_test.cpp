#include "io/journal_reader.hpp"

#include "io/journal.hpp"
#include "io/journal_format.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A journal with blocks of ten records: ids and sequences 1..10, 11..20, ...
class JournalReaderTest : public testing::Test {
 protected:
  JournalReaderTest() {
    auto const journal = Journal::open({.data_dir = dir_.path()}).value();
    auto builder = test::sample_builder();
    for (std::uint64_t id = 1; id <= 50; ++id) {
      builder.append(test::sample_trade(id));
      if (builder.count() < 10) continue;
      sink::Batch batch;
      builder.take(batch.block);
      EXPECT_TRUE(journal->commit({&batch, 1}));
    }
  }

  void damage(char const* sql) {
    auto database = Database::open(journal_file(dir_.path()), OpenMode::kReadWrite).value();
    ASSERT_TRUE(database.execute(sql));
  }

  /// The first sequence of each block, those that are damaged negative.
  static std::vector<std::int64_t> read_all(JournalReader& reader) {
    std::vector<std::int64_t> seen;
    sink::Block block;
    for (;;) {
      ReadStatus const status = reader.next(block);
      auto const first = static_cast<std::int64_t>(block.first_sequence);
      if (status == ReadStatus::kBlock) seen.push_back(first);
      if (status == ReadStatus::kCorrupt) seen.push_back(-first);
      if (status == ReadStatus::kEnd || status == ReadStatus::kFailed) return seen;
    }
  }

  test::TempDir dir_;
};

TEST_F(JournalReaderTest, ReadsBlocksInOrder) {
  auto reader = JournalReader::open(dir_.path()).value();
  EXPECT_THAT(read_all(reader), ElementsAre(1, 11, 21, 31, 41));
  auto const extent = reader.extent().value();
  EXPECT_EQ(extent.first_sequence, 1U);
  EXPECT_EQ(extent.end_sequence, 51U);
  EXPECT_EQ(extent.blocks, 5U);
}

TEST_F(JournalReaderTest, SeeksToTheBlockThatHoldsASequence) {
  auto reader = JournalReader::open(dir_.path()).value();
  ASSERT_TRUE(reader.seek(30));
  EXPECT_THAT(read_all(reader), ElementsAre(21, 31, 41));
  ASSERT_TRUE(reader.seek(31));
  EXPECT_THAT(read_all(reader), ElementsAre(31, 41));
  ASSERT_TRUE(reader.seek(51));
  EXPECT_THAT(read_all(reader), ElementsAre());
}

TEST_F(JournalReaderTest, ReadsOnlyBlocksThatReachIntoTheTime) {
  auto reader = JournalReader::open(dir_.path()).value();
  // Trades 20 to 30: from includes, to excludes.
  reader.limit_to(test::at_us(test::kSampleStartUs + 20'000),
                  test::at_us(test::kSampleStartUs + 31'000));
  EXPECT_THAT(read_all(reader), ElementsAre(11, 21));
}

TEST_F(JournalReaderTest, NamesADamagedBlockAndReadsOnBehindIt) {
  damage("UPDATE blocks SET bytes = zeroblob(length(bytes)) WHERE first_sequence = 11");
  damage("UPDATE blocks SET count = 9 WHERE first_sequence = 31");
  damage("UPDATE blocks SET count = -1 WHERE first_sequence = 41");
  auto reader = JournalReader::open(dir_.path()).value();
  EXPECT_THAT(read_all(reader), ElementsAre(1, -11, 21, -31, -41));
  EXPECT_EQ(reader.error().code, Errc::kDataCorrupt);
  EXPECT_THAT(reader.error().detail, HasSubstr("sequence 41"));
}

TEST_F(JournalReaderTest, ReportsAFileThatIsTornApart) {
  std::filesystem::resize_file(journal_file(dir_.path()), 5'000);
  std::filesystem::remove(journal_file(dir_.path()).concat("-wal"));
  auto reader = JournalReader::open(dir_.path());
  if (reader) {
    EXPECT_THAT(read_all(*reader), ElementsAre());
    EXPECT_NE(reader->error().code, Errc::kOk);
  }
}

TEST(JournalReader, SaysWhenThereIsNoJournal) {
  test::TempDir const dir;
  auto const reader = JournalReader::open(dir.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::kFileFailed);
  EXPECT_THAT(reader.error().detail, HasSubstr("journal.db"));
}

TEST_F(JournalReaderTest, ReadsWhatAKilledWriterLeftInItsLog) {
  ASSERT_GT(std::filesystem::file_size(journal_file(dir_.path()).concat("-wal")), 0U);
  std::filesystem::remove(journal_file(dir_.path()).concat("-shm"));
  auto reader = JournalReader::open(dir_.path()).value();
  EXPECT_EQ(read_all(reader).size(), 5U);
}

}  // namespace
}  // namespace k2::io
