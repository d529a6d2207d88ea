#include "io/journal.hpp"

#include "io/journal_format.hpp"
#include "io/journal_reader.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>
#include <utility>

namespace k2::io {
namespace {

using sink::DeclaredGap;
using sink::GapState;
using sink::Position;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Journal> open_journal(test::TempDir const& dir) {
  return Journal::open({.data_dir = dir.path() / "data"}).value();
}

JournalReader open_reader(test::TempDir const& dir) {
  return JournalReader::open(dir.path() / "data").value();
}

/// A batch with the given ids of BTCUSDT.
sink::Batch batch_of(sink::BlockBuilder& builder, std::uint64_t first, std::uint64_t last) {
  sink::Batch batch;
  for (std::uint64_t id = first; id <= last; ++id) builder.append(test::sample_trade(id));
  builder.take(batch.block);
  return batch;
}

Result<void> commit(Journal& journal, sink::Batch const& batch) {
  return journal.commit({&batch, 1});
}

TEST(Journal, GivesBackTheBlocksThatItStored) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder(journal->next_sequence());
  auto reader = open_reader(dir);
  sink::Block block;
  for (auto const& [first, last] : {std::pair{1U, 3U}, {4U, 300U}, {301U, 301U}}) {
    EXPECT_EQ(reader.next(block), ReadStatus::kEnd);
    sink::Batch const batch = batch_of(builder, first, last);
    ASSERT_TRUE(commit(*journal, batch));
    sink::Block expected = batch.block;
    expected.positions.clear();
    ASSERT_EQ(reader.next(block), ReadStatus::kBlock);
    EXPECT_EQ(block, expected);
  }
}

TEST(Journal, JoinsSmallBlocksOfOneCommitAndLeavesLargeOnesAlone) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder();
  sink::Batch const batches[] = {batch_of(builder, 1, 3),     batch_of(builder, 4, 100),
                                 batch_of(builder, 101, 256), batch_of(builder, 257, 257),
                                 batch_of(builder, 258, 512), batch_of(builder, 513, 900)};
  ASSERT_TRUE(journal->commit(batches));
  auto reader = open_reader(dir);
  sink::Block block;
  std::vector<std::uint32_t> counts;
  while (reader.next(block) == ReadStatus::kBlock) counts.push_back(block.count);
  EXPECT_THAT(counts, ElementsAre(256, 256, 388));
  EXPECT_THAT(journal->positions().value(), ElementsAre(Position{"BTCUSDT", TradeId{900}}));
}

TEST(Journal, GoesOnWithItsSequenceAndPositionsAfterARestart) {
  test::TempDir const dir;
  {
    auto const journal = open_journal(dir);
    EXPECT_EQ(journal->next_sequence(), 1U);
    auto builder = test::sample_builder(journal->next_sequence());
    ASSERT_TRUE(commit(*journal, batch_of(builder, 100, 104)));
  }
  auto const journal = open_journal(dir);
  EXPECT_EQ(journal->next_sequence(), 6U);
  EXPECT_THAT(journal->positions().value(), ElementsAre(Position{"BTCUSDT", TradeId{104}}));
}

TEST(Journal, RefusesAPositionThatIsNoTradeId) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder(journal->next_sequence());
  ASSERT_TRUE(commit(*journal, batch_of(builder, 1, 3)));
  ASSERT_EQ(journal->positions().value().size(), 1U);
  auto database = Database::open(journal_file(dir.path() / "data"), OpenMode::kReadWrite).value();
  ASSERT_TRUE(database.execute("UPDATE positions SET last_id = -5"));
  for (auto const& positions : {journal->positions(), open_reader(dir).positions()}) {
    ASSERT_FALSE(positions);
    EXPECT_EQ(positions.error().code, Errc::kDataCorrupt);
    EXPECT_THAT(positions.error().detail, HasSubstr("BTCUSDT: the position -5 is no trade id"));
  }
}

TEST(Journal, StoresGapsAndReplacesThemBySymbolAndFirstId) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  DeclaredGap gap{
      "BTCUSDT", {TradeId{5}, TradeId{9}}, "REST down", GapState::kOpen, test::at_us(77)};
  sink::Batch batch;
  batch.gaps = {gap, {"币安人生USDT", {TradeId{1}, TradeId{1}}, "", GapState::kVenue, {}}};
  ASSERT_TRUE(commit(*journal, batch));
  gap.state = GapState::kRepaired;
  batch.gaps = {gap};
  ASSERT_TRUE(commit(*journal, batch));
  EXPECT_THAT(
      open_reader(dir).gaps().value(),
      ElementsAre(gap,
                  DeclaredGap{"币安人生USDT", {TradeId{1}, TradeId{1}}, "", GapState::kVenue, {}}));
}

TEST(Journal, KeepsDeadLettersWholeAndOnlyTheNewestOfThem) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  sink::Batch batch;
  std::string const bytes{"{\"e\":\0 cut", 10};
  for (std::int64_t at = 0; at < kDeadLettersMax + 5; ++at) {
    batch.dead_letters.push_back({test::at_us(at), "json_syntax", "offset 5", bytes});
  }
  ASSERT_TRUE(commit(*journal, batch));
  auto reader = open_reader(dir);
  EXPECT_EQ(reader.dead_letter_count().value(), 10'000U);
  EXPECT_THAT(reader.dead_letters(1).value(),
              ElementsAre(sink::DeadLetter{test::at_us(10'004), "json_syntax", "offset 5", bytes}));
}

TEST(Journal, KeepsDeadLettersWithinTheirBytesAlsoAfterARestart) {
  test::TempDir const dir;
  auto const open = [&] {
    return Journal::open({.data_dir = dir.path() / "data", .dead_letters_bytes_max = 100'000})
        .value();
  };
  auto journal = open();
  auto const store = [&](int number) {
    sink::Batch batch;
    batch.dead_letters.push_back(
        {test::at_us(number), "json_syntax", "", std::string(16'384, 'x')});
    return journal->commit({&batch, 1}).has_value();
  };
  for (int number = 1; number <= 50; ++number) ASSERT_TRUE(store(number));
  // Six of them and what stands beside their bytes fit.
  EXPECT_EQ(open_reader(dir).dead_letter_count().value(), 6U);
  EXPECT_EQ(journal->letters().retired(), 44U);
  EXPECT_EQ(open_reader(dir).dead_letters(1)->front().received_at, test::at_us(50));
  journal.reset();
  journal = open();
  EXPECT_EQ(journal->letters().file_bytes(), 6 * 24'576U) << "three pages of 8 KiB each";
  ASSERT_TRUE(store(51));
  EXPECT_EQ(open_reader(dir).dead_letter_count().value(), 6U);
  EXPECT_EQ(open_reader(dir).dead_letters(6)->front().received_at, test::at_us(46));
}

class LostJournal : public testing::Test {
 protected:
  LostJournal() : journal_(open_journal(dir_)), builder_(test::sample_builder()) {
    EXPECT_TRUE(commit(*journal_, batch_of(builder_, 1, 3)));
  }

  /// Nothing is stored any more, and no new file takes the old one's place.
  void expect_lost(std::string const& why) {
    for (std::uint64_t at = 0; at < 3; ++at) {
      auto const stored = commit(*journal_, batch_of(builder_, 4 + at, 4 + at));
      ASSERT_TRUE(stored.has_error());
      EXPECT_EQ(stored.error().code, Errc::kFileFailed);
      EXPECT_THAT(stored.error().detail, HasSubstr(why));
    }
    EXPECT_TRUE(journal_->check_files().has_error());
  }

  test::TempDir dir_;
  std::filesystem::path data_ = dir_.path() / "data";
  std::unique_ptr<Journal> journal_;
  sink::BlockBuilder builder_;
};

TEST_F(LostJournal, IsNoticedWhenItsFolderIsDeleted) {
  std::filesystem::remove_all(data_);
  expect_lost("journal.db was deleted or moved");
  EXPECT_FALSE(std::filesystem::exists(data_));
}

TEST_F(LostJournal, IsNoticedWhenTheFileIsDeleted) {
  std::filesystem::remove(data_ / "journal.db");
  expect_lost("journal.db was deleted or moved");
  EXPECT_FALSE(std::filesystem::exists(data_ / "journal.db"));
}

TEST_F(LostJournal, IsNoticedWhenItsLogIsDeleted) {
  std::filesystem::remove(data_ / "journal.db-wal");
  expect_lost("journal.db-wal was deleted or moved");
}

TEST_F(LostJournal, IsNoticedWhenAnotherFileTakesItsPlace) {
  std::filesystem::copy_file(data_ / "journal.db", data_ / "copy");
  std::filesystem::rename(data_ / "copy", data_ / "journal.db");
  expect_lost("journal.db was replaced by another file");
}

TEST_F(LostJournal, IsNoFalseAlarmAcrossCheckpoints) {
  for (std::uint64_t id = 4; id < 10; ++id) {
    ASSERT_TRUE(commit(*journal_, batch_of(builder_, id, id)));
    ASSERT_TRUE(journal_->checkpoint());
    ASSERT_TRUE(journal_->check_files());
  }
}

TEST(Journal, ReadsDeadLettersOnBehindANumber) {
  test::TempDir const dir;
  auto const journal = Journal::open({.data_dir = dir.path()}).value();
  auto reader = JournalReader::open(dir.path()).value();
  EXPECT_EQ(reader.newest_letter().value(), 0U);
  sink::Batch batch;
  for (int at = 1; at <= 5; ++at) {
    batch.dead_letters.push_back({test::at_us(at), "json_syntax", "", std::string(10, 'x')});
  }
  ASSERT_TRUE(journal->commit({&batch, 1}));
  EXPECT_EQ(reader.newest_letter().value(), 5U);
  auto const numbers = [&](std::uint64_t behind, std::size_t count_max, std::size_t bytes_max) {
    std::vector<std::uint64_t> found;
    for (auto const& one : reader.letters_behind(behind, count_max, bytes_max).value()) {
      EXPECT_EQ(one.letter, batch.dead_letters.at(one.number - 1));
      found.push_back(one.number);
    }
    return found;
  };
  EXPECT_THAT(numbers(2, 9, 999), ElementsAre(3U, 4U, 5U));
  EXPECT_THAT(numbers(0, 2, 999), ElementsAre(1U, 2U));
  EXPECT_THAT(numbers(0, 9, 11), ElementsAre(1U, 2U));
  EXPECT_TRUE(numbers(5, 9, 999).empty());
}

TEST(Journal, SkipsBlocksThatItAlreadyHolds) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder();
  sink::Batch first = batch_of(builder, 1, 2);
  ASSERT_TRUE(commit(*journal, first));
  sink::Batch const repeated[] = {std::move(first), batch_of(builder, 3, 3)};
  ASSERT_TRUE(journal->commit(repeated));
  EXPECT_EQ(journal->next_sequence(), 4U);
  EXPECT_EQ(open_reader(dir).extent().value().end_sequence, 4U);
}

TEST(JournalDeathTest, StopsOnASequenceThatLeavesAHole) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder(2);
  EXPECT_DEATH((void)commit(*journal, batch_of(builder, 1, 2)), "first_sequence == next");
}

TEST(Journal, RefusesASecondWriterAndNamesTheFirst) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto const second = Journal::open({.data_dir = dir.path() / "data"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kBusy);
  EXPECT_THAT(second.error().detail, HasSubstr("pid " + std::to_string(getpid())));
}

TEST(Journal, RefusesAFormatThatItDoesNotKnowAndSaysWhatToDo) {
  test::TempDir const dir;
  open_journal(dir);
  auto const with_format = [&](int format) {
    auto database = Database::open(journal_file(dir.path() / "data"), OpenMode::kReadWrite).value();
    auto const sql = fmt::format("UPDATE meta SET value = {} WHERE key = 'format'", format);
    ASSERT_TRUE(database.execute(sql.c_str()));
  };
  for (auto const& [format, remedy] :
       {std::pair{3, "use the newer k2 that wrote it"}, std::pair{0, "bring back a copy"}}) {
    with_format(format);
    for (Error const& error : {Journal::open({.data_dir = dir.path() / "data"}).error(),
                               JournalReader::open(dir.path() / "data").error()}) {
      EXPECT_EQ(error.code, Errc::kJournalFormat);
      EXPECT_THAT(error.detail, AllOf(HasSubstr(fmt::format("data_dir has format {}", format)),
                                      HasSubstr("knows 2"), HasSubstr(remedy)));
    }
  }
  // Refused is not touched.
  with_format(1);
  EXPECT_TRUE(Journal::open({.data_dir = dir.path() / "data"}));
}

TEST(Journal, RefusesAFileThatIsNone) {
  test::TempDir const dir;
  auto database = Database::open(journal_file(dir.path()), OpenMode::kCreate).value();
  ASSERT_TRUE(database.execute("CREATE TABLE cats (name)"));
  EXPECT_EQ(Journal::open({.data_dir = dir.path()}).error().code, Errc::kJournalFormat);
}

TEST(Journal, RecyclesItsLogWhileItIsWritten) {
  test::TempDir const dir;
  auto const journal =
      Journal::open({.data_dir = dir.path() / "data", .log_bytes_max = 256 << 10}).value();
  auto builder = test::sample_builder();
  std::uint64_t id = 1;
  // 64 MiB in all; without recycling the log would hold them all.
  for (int round = 0; round < 2'000; ++round, id += 256) {
    ASSERT_TRUE(commit(*journal, batch_of(builder, id, id + 255)));
  }
  auto log = journal_file(dir.path() / "data");
  log += "-wal";
  EXPECT_LT(std::filesystem::file_size(log), 32U << 20);
}

TEST(Journal, LeavesOneWholeFileBehindACheckpoint) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder();
  ASSERT_TRUE(commit(*journal, batch_of(builder, 1, 50)));
  ASSERT_TRUE(journal->checkpoint());
  auto log = journal_file(dir.path() / "data");
  log += "-wal";
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
}

TEST(Journal, LeavesNoTransactionOpenWhenARowIsRefused) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder();
  auto other = Database::open(journal_file(dir.path() / "data"), OpenMode::kReadWrite).value();
  ASSERT_TRUE(other.execute("INSERT INTO blocks VALUES (1, 1, 0, 0, 0, '')").has_error());
  ASSERT_TRUE(other.execute("INSERT INTO blocks VALUES (1, 0, 0, 0, 0, x'')"));
  sink::Batch const batch = batch_of(builder, 1, 10);
  EXPECT_FALSE(commit(*journal, batch));
  ASSERT_TRUE(other.execute("DELETE FROM blocks"));
  EXPECT_TRUE(commit(*journal, batch));
  EXPECT_EQ(journal->next_sequence(), 11U);
}

/// No file of the process can grow beyond the limit, as if the disk refused.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const limited{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(Journal, StoresNothingOfACommitThatTheDiskRefusesAndAllOfItLater) {
  test::TempDir const dir;
  auto const journal = open_journal(dir);
  auto builder = test::sample_builder();
  ASSERT_TRUE(commit(*journal, batch_of(builder, 1, 10)));
  sink::Batch const large[] = {batch_of(builder, 11, 4'000), batch_of(builder, 4'001, 8'000)};
  {
    FileSizeLimit const limit{256 << 10};
    for (int attempt = 0; attempt < 3; ++attempt) {
      auto const refused = journal->commit(large);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Errc::kFileFailed) << refused.error().to_string();
    }
    auto reader = open_reader(dir);
    EXPECT_EQ(reader.extent().value().end_sequence, 11U);
    EXPECT_THAT(reader.positions().value(), ElementsAre(Position{"BTCUSDT", TradeId{10}}));
  }
  ASSERT_TRUE(journal->commit(large));
  EXPECT_EQ(journal->next_sequence(), 8'001U);
  EXPECT_THAT(journal->positions().value(), ElementsAre(Position{"BTCUSDT", TradeId{8'000}}));
}

}  // namespace
}  // namespace k2::io
