#include "io/journal_export.hpp"

#include "io/journal.hpp"
#include "io/journal_format.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace k2::io {
namespace {

using testing::HasSubstr;

/// Ids 1 to 40 of BTCUSDT and ETHUSDT in turn, in blocks of ten.
class JournalExportTest : public testing::Test {
 protected:
  JournalExportTest() {
    auto const journal = Journal::open({.data_dir = dir_.path() / "data"}).value();
    auto builder = test::sample_builder();
    for (std::uint64_t id = 1; id <= 40; ++id) {
      builder.append(test::sample_trade(id, SymbolIndex{static_cast<std::uint32_t>(id % 2)}));
      if (builder.count() < 10) continue;
      sink::Batch batch;
      builder.take(batch.block);
      EXPECT_TRUE(journal->commit({&batch, 1}));
    }
  }

  /// Closes BTCUSDT's tape and stores one trade of the next generation.
  void restart_tape(std::uint64_t id) {
    auto const journal = Journal::open({.data_dir = dir_.path() / "data"}).value();
    auto builder = test::sample_builder(journal->next_sequence());
    sink::Batch batch;
    batch.restarts.push_back({.symbol = "BTCUSDT",
                              .generation = 1,
                              .first_sequence = journal->next_sequence(),
                              .closed_last = TradeId{40}});
    builder.set_tape(SymbolIndex{0}, "BTCUSDT-g1");
    builder.append(test::sample_trade(id));
    builder.take(batch.block);
    ASSERT_TRUE(journal->commit({&batch, 1}));
  }

  [[nodiscard]] ExportRequest request(ExportFormat format) const {
    return {.data_dir = dir_.path() / "data", .format = format, .out = dir_.path() / "out"};
  }
  [[nodiscard]] std::string content() const {
    std::ifstream in{dir_.path() / "out", std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void damage(char const* sql =
                  "UPDATE blocks SET bytes = zeroblob(length(bytes)) WHERE first_sequence = 11") {
    auto database =
        Database::open(journal_file(dir_.path() / "data"), OpenMode::kReadWrite).value();
    ASSERT_TRUE(database.execute(sql));
  }
  /// What an export of the damaged journal says, and what it leaves out when it may.
  void expect_hole(std::string const& text, ExportRequest wanted) {
    auto const refused = export_journal(wanted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().to_string(),
              "data_corrupt: " + text + "; --skip-damaged exports the others");
    EXPECT_FALSE(std::filesystem::exists(dir_.path() / "out"));
    wanted.skip_damaged = true;
    auto const outcome = export_journal(wanted).value();
    EXPECT_EQ(outcome.holes, 1U);
    EXPECT_EQ(outcome.holes_text.at(0), text);
  }

  test::TempDir dir_;
};

TEST_F(JournalExportTest, TakesTheWantedSymbolAndTimeOnly) {
  ExportRequest wanted = request(ExportFormat::kCsv);
  wanted.symbols = {"ETHUSDT"};
  wanted.from = test::at_us(test::kSampleStartUs + 9'000);
  wanted.to = test::at_us(test::kSampleStartUs + 13'000);
  EXPECT_EQ(export_journal(wanted).value().records, 2U);
  EXPECT_EQ(content(),
            "symbol,id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch,tape_generation\n"
            "ETHUSDT,9,61837.63000009,0.02000009,1236.75816538,1723161255009000,true,true,0\n"
            "ETHUSDT,11,61837.63000011,0.02000011,1236.75940214,1723161255011000,true,true,0\n");
  wanted.layout = ExportLayout::kOfficial;
  EXPECT_EQ(export_journal(wanted).value().records, 2U);
  EXPECT_EQ(content(),
            "9,61837.63000009,0.02000009,1236.75816538,1723161255009000,True,True\n"
            "11,61837.63000011,0.02000011,1236.75940214,1723161255011000,True,True\n");
}

TEST_F(JournalExportTest, ShowsTheGenerationsOfATape) {
  restart_tape(5);
  ExportRequest wanted = request(ExportFormat::kCsv);
  EXPECT_EQ(export_journal(wanted).value().records, 41U);
  EXPECT_THAT(content(), HasSubstr("\nBTCUSDT,5,61837.63000005,0.02000005,1236.75569188,"
                                   "1723161255005000,true,true,1\n"));
  wanted.generation = 0;
  EXPECT_EQ(export_journal(wanted).value().records, 40U);
  wanted.generation = 1;
  EXPECT_EQ(export_journal(wanted).value().records, 1U);
}

TEST_F(JournalExportTest, MakesNoOfficialFileOfSeveralGenerationsUnlessOneIsNamed) {
  restart_tape(5);
  ExportRequest wanted = request(ExportFormat::kCsv);
  wanted.layout = ExportLayout::kOfficial;
  wanted.symbols = {"BTCUSDT"};
  auto const refused = export_journal(wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(),
            "config_invalid: the tape of BTCUSDT was restarted, and the official layout shows no "
            "generation: name one with --tape-generation");
  wanted.generation = 1;
  EXPECT_EQ(export_journal(wanted).value().records, 1U);
  wanted.generation.reset();
  wanted.symbols = {"ETHUSDT"};
  EXPECT_EQ(export_journal(wanted).value().records, 20U);
}

TEST_F(JournalExportTest, WritesALineForEachTrade) {
  EXPECT_EQ(export_journal(request(ExportFormat::kJsonLines)).value().records, 40U);
  auto const text = content();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 40);
}

TEST_F(JournalExportTest, MakesNoFileOfADamagedJournalUnlessTold) {
  damage();
  auto const refused = export_journal(request(ExportFormat::kAvro));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(),
            "data_corrupt: the block at sequence 11 is damaged: BTCUSDT 11..21, ETHUSDT 10..20; "
            "--skip-damaged leaves it out");
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "out"));
  ExportRequest tolerant = request(ExportFormat::kAvro);
  tolerant.skip_damaged = true;
  auto const outcome = export_journal(tolerant).value();
  EXPECT_EQ(outcome.records, 30U);
  EXPECT_EQ(outcome.damaged, 1U);
}

TEST_F(JournalExportTest, MakesNoFileWithAHoleInItUnlessTold) {
  damage("DELETE FROM blocks WHERE first_sequence = 21");
  expect_hole("no block holds sequences 21 to 30: BTCUSDT 21..31, ETHUSDT 20..30",
              request(ExportFormat::kJsonLines));
  // Also when only times behind it are wanted, which may be found in the next block.
  std::filesystem::remove(dir_.path() / "out");
  ExportRequest later = request(ExportFormat::kCsv);
  later.from = test::at_us(test::kSampleStartUs + 15'000);
  expect_hole("no block holds sequences 21 to 30: BTCUSDT 21..31, ETHUSDT 20..30", later);
}

TEST_F(JournalExportTest, MakesNoFileWithoutTheOldestOrTheNewestTrades) {
  damage("DELETE FROM blocks WHERE first_sequence = 1");
  expect_hole("no block holds sequences 1 to 10", request(ExportFormat::kCsv));
  std::filesystem::remove(dir_.path() / "out");
  damage("INSERT INTO retired VALUES ('BTCUSDT', 10), ('ETHUSDT', 9)");
  EXPECT_EQ(export_journal(request(ExportFormat::kCsv)).value().records, 30U);
  std::filesystem::remove(dir_.path() / "out");
  damage("DELETE FROM blocks WHERE first_sequence = 31");
  auto const refused = export_journal(request(ExportFormat::kCsv));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(),
            "data_corrupt: the journal ends before its position: BTCUSDT 31..40; --skip-damaged "
            "exports the others");
}

TEST_F(JournalExportTest, TakesAnOverlappingBlockForDamage) {
  damage(
      "INSERT INTO blocks SELECT 15, count, first_time, last_time, checksum, bytes FROM blocks "
      "WHERE first_sequence = 11");
  EXPECT_FALSE(export_journal(request(ExportFormat::kCsv)));
}

}  // namespace
}  // namespace k2::io
