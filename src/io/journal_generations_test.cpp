#include "io/journal_generations.hpp"

#include "io/journal.hpp"
#include "io/journal_format.hpp"
#include "io/journal_reader.hpp"
#include "shard/tape_writer.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace k2::io {
namespace {

using sink::DeclaredGap;
using sink::GapState;
using sink::Position;
using sink::TapeRestart;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Generations : public testing::Test {
 protected:
  Generations() { open(); }

  void open() {
    journal_.reset();
    journal_ = Journal::open({.data_dir = dir_.path()}).value();
  }
  void store(sink::Batch const& batch) { ASSERT_TRUE(journal_->commit({&batch, 1})); }
  /// Stores ids of BTCUSDT.
  void store(std::uint64_t first, std::uint64_t last) {
    sink::Batch batch;
    for (auto id = first; id <= last; ++id) builder_.append(test::sample_trade(id));
    builder_.take(batch.block);
    store(batch);
  }
  TapeRestart restart(std::uint32_t generation, std::uint64_t closed_last) {
    TapeRestart made{.symbol = "BTCUSDT",
                     .generation = generation,
                     .first_sequence = builder_.next_sequence(),
                     .closed_last = TradeId{closed_last},
                     .first = generation > 1 ? std::optional{TradeId{1}} : std::nullopt,
                     .opened_at = test::at_us(5)};
    builder_.set_tape(SymbolIndex{0}, sink::tape_name(made.symbol, generation));
    sink::Batch batch;
    batch.restarts.push_back(made);
    store(batch);
    return made;
  }
  std::int64_t query(char const* sql) {
    auto database = Database::open(journal_file(dir_.path()), OpenMode::kReadOnly).value();
    return database.query_integer(sql, -1).value();
  }
  std::int64_t format() { return query("SELECT value FROM meta WHERE key = 'format'"); }

  test::TempDir dir_;
  std::unique_ptr<Journal> journal_;
  sink::BlockBuilder builder_ = test::sample_builder();
};

TEST_F(Generations, AJournalWithoutARestartIsAsItEverWas) {
  store(500, 510);
  EXPECT_EQ(format(), 1);
  EXPECT_EQ(query("SELECT count(*) FROM sqlite_schema WHERE name = 'generations'"), 0);
  EXPECT_THAT(journal_->generations().value(), IsEmpty());
  EXPECT_THAT(JournalReader::open(dir_.path())->generations().value(), IsEmpty());
}

TEST_F(Generations, ARestartIsOneTransactionWithTheRecordsBehindIt) {
  store(500, 510);
  auto const first = restart(1, 510);
  EXPECT_EQ(first.first_sequence, 12U);
  store(1, 4);
  auto const second = restart(2, 4);
  open();
  EXPECT_EQ(format(), 2) << "an older program must refuse it";
  EXPECT_THAT(journal_->generations().value(), ElementsAre(first, second));
  EXPECT_THAT(journal_->positions().value(),
              ElementsAre(Position{"BTCUSDT", TradeId{510}}, Position{"BTCUSDT-g1", TradeId{4}}));
}

TEST_F(Generations, ARestartClosesTheOpenGapsOfItsOwnTapeOnly) {
  auto const gap = [](char const* tape, std::uint64_t id, GapState state) {
    return DeclaredGap{tape, {TradeId{id}, TradeId{id}}, "because", state, test::at_us(1)};
  };
  sink::Batch batch;
  batch.gaps = {gap("BTCUSDT", 7, GapState::kOpen), gap("BTCUSDT", 8, GapState::kRepaired),
                gap("BTCUSDT-g1", 7, GapState::kOpen), gap("ETHUSDT", 7, GapState::kOpen)};
  store(batch);
  restart(1, 510);
  auto closed = gap("BTCUSDT", 7, GapState::kVenue);
  closed.why = sink::kWhyTapeClosed;
  EXPECT_THAT(journal_->gaps().value(), ElementsAre(closed, gap("BTCUSDT", 8, GapState::kRepaired),
                                                    gap("BTCUSDT-g1", 7, GapState::kOpen),
                                                    gap("ETHUSDT", 7, GapState::kOpen)));
}

TEST_F(Generations, RepeatingARestartWhoseOutcomeWasUnknownIsHarmless) {
  store(500, 510);
  auto const made = restart(1, 510);
  sink::Batch again;
  again.restarts.push_back(made);
  store(again);
  EXPECT_THAT(journal_->generations().value(), ElementsAre(made));
}

TEST_F(Generations, ATapeThatHadNothingHasNoLastId) {
  sink::Batch batch;
  batch.restarts.push_back({.symbol = "BTCUSDT", .generation = 1, .first_sequence = 1});
  store(batch);
  EXPECT_EQ(journal_->generations().value().at(0).closed_last, std::nullopt);
}

TEST_F(Generations, ARowThatIsNoGenerationIsCorrupt) {
  restart(1, 510);
  journal_.reset();
  {
    auto database = Database::open(journal_file(dir_.path()), OpenMode::kReadWrite).value();
    ASSERT_TRUE(database.execute("UPDATE generations SET generation = 0"));
  }
  open();
  auto const refused = journal_->generations();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kDataCorrupt);
  EXPECT_THAT(refused.error().detail, HasSubstr("BTCUSDT: generation 0"));
}

/// A door that keeps what comes, or refuses it.
class Door final : public sink::BatchDoor {
 public:
  [[nodiscard]] bool try_push(sink::Batch&& batch) override {
    if (closed) return false;
    batches.push_back(std::move(batch));
    return true;
  }
  [[nodiscard]] sink::Batch take_emptied() override { return {}; }

  bool closed = false;
  std::vector<sink::Batch> batches;
};

struct Writer {
  Writer() { writer.add_symbol(SymbolIndex{0}, Symbol::parse("BTCUSDT").value(), "USDT"); }
  bool begin() { return writer.begin_tape(SymbolIndex{0}, {.symbol = "BTCUSDT", .generation = 1}); }
  void append(std::uint64_t id) { writer.append(test::sample_trade(id), MonoTime{}); }

  Door door;
  shard::TapeWriter writer{door, 1, std::chrono::milliseconds{5}};
};

TEST(TapeWriterRestart, SeparatesTheTapesByBlocksAndNumbers) {
  Writer one;
  one.append(500);
  one.append(501);
  ASSERT_TRUE(one.begin());
  EXPECT_EQ(one.writer.tape(SymbolIndex{0}), "BTCUSDT-g1");
  one.append(1);
  ASSERT_TRUE(one.writer.flush_all());
  ASSERT_EQ(one.door.batches.size(), 2U);
  EXPECT_THAT(one.door.batches[0].block.positions, ElementsAre(Position{"BTCUSDT", TradeId{501}}));
  EXPECT_THAT(one.door.batches[0].restarts, IsEmpty());
  EXPECT_THAT(one.door.batches[1].block.positions, ElementsAre(Position{"BTCUSDT-g1", TradeId{1}}));
  ASSERT_EQ(one.door.batches[1].restarts.size(), 1U);
  EXPECT_EQ(one.door.batches[1].restarts[0].first_sequence, 3U);
}

TEST(TapeWriterRestart, HandsOverARestartWithoutATrade) {
  Writer one;
  ASSERT_TRUE(one.begin());
  one.writer.flush(MonoTime{});
  ASSERT_EQ(one.door.batches.size(), 1U);
  EXPECT_EQ(one.door.batches[0].restarts.size(), 1U);
}

TEST(TapeWriterRestart, ChangesNothingWhileTheJournalTakesNothing) {
  Writer one;
  one.append(500);
  one.door.closed = true;
  EXPECT_FALSE(one.begin());
  EXPECT_EQ(one.writer.tape(SymbolIndex{0}), "BTCUSDT");
  EXPECT_FALSE(one.writer.admits());
  one.door.closed = false;
  EXPECT_TRUE(one.begin());
  EXPECT_TRUE(one.writer.flush_all());
  ASSERT_EQ(one.door.batches.size(), 2U);
  EXPECT_EQ(one.door.batches[0].block.count, 1U);
  EXPECT_EQ(one.door.batches[1].restarts.size(), 1U);
}

}  // namespace
}  // namespace k2::io
