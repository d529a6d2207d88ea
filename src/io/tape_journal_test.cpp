#include "io/journal_reader.hpp"
#include "io/journal_thread.hpp"
#include "shard/tape_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace k2::io {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr SymbolIndex kBtc{0};
constexpr MonoTime kStart{100s};

Trade trade(std::uint64_t id, bool late = false) {
  Trade made;
  made.symbol = kBtc;
  made.id = TradeId{id};
  made.late = late;
  return made;
}

void wait_for(auto const& condition) {
  while (!condition()) std::this_thread::yield();
}

struct Tape {
  explicit Tape(JournalThreadOptions options = {})
      : journal(Journal::open({.data_dir = dir.path()}).value(), std::move(options)) {
    writer.add_symbol(kBtc, Symbol::parse("BTCUSDT").value(), "USDT");
  }

  test::TempDir dir;
  JournalThread journal;
  shard::TapeWriter writer{journal, 1, 5ms};
};

TEST(TapeWriter, HandsOverWhatIsDue) {
  Tape tape;
  EXPECT_EQ(tape.writer.next_deadline(), MonoTime::max());
  tape.writer.append(trade(7), kStart);
  tape.writer.append(trade(8), kStart + 1ms);
  EXPECT_EQ(tape.writer.next_deadline(), kStart + 5ms);
  tape.writer.flush(kStart + 4ms);
  EXPECT_EQ(tape.writer.next_deadline(), kStart + 5ms);
  tape.writer.flush(kStart + 5ms);
  EXPECT_EQ(tape.writer.next_deadline(), MonoTime::max());
  ASSERT_TRUE(tape.journal.stop());
  EXPECT_THAT(JournalReader::open(tape.dir.path())->positions().value(),
              ElementsAre(sink::Position{"BTCUSDT", TradeId{8}}));
}

TEST(TapeWriter, NeverPartsALateTradeFromTheRecordOfItsRepair) {
  // Every batch is a transaction of its own here; more trades than a block holds go into one.
  Tape tape{{.commit_interval = 0ns, .commit_batches = 1}};
  std::vector<Trade> late;
  for (std::uint64_t id = 1; id <= 1'000; ++id) late.push_back(trade(id, true));
  tape.writer.append(trade(2'000), kStart);
  tape.writer.append_with_gaps(late, {{.symbol = "BTCUSDT",
                                       .ids = {TradeId{1}, TradeId{1'000}},
                                       .why = "a test",
                                       .state = GapState::kRepaired,
                                       .declared_at = {}}});
  tape.writer.flush(kStart);
  wait_for([&] { return tape.journal.status().durable_sequence == 1'002; });
  EXPECT_EQ(tape.journal.status().commits, 1U);
  auto reader = JournalReader::open(tape.dir.path()).value();
  ASSERT_EQ(reader.gaps()->size(), 1U);
  EXPECT_EQ(reader.gaps()->front().state, GapState::kRepaired);
  EXPECT_THAT(reader.positions().value(), ElementsAre(sink::Position{"BTCUSDT", TradeId{2'000}}));
}

TEST(TapeWriter, SaysThatItAdmitsNothingWhileTheJournalTakesNothing) {
  // After the first commit nothing is committed for an hour, and two batches may wait.
  Tape tape{{.commit_interval = 1h, .commit_batches = 100, .waiting_batches_max = 2}};
  std::uint64_t id = 1;
  tape.writer.append(trade(id), kStart);
  EXPECT_TRUE(tape.writer.flush_all());
  wait_for([&] { return tape.journal.status().commits == 1; });
  MonoTime now = kStart;
  while (tape.writer.admits()) {
    ASSERT_LT(id, 10U);
    tape.writer.append(trade(++id), now);
    now += 5ms;
    tape.writer.flush(now);
  }
  EXPECT_EQ(id, 4U) << "two wait in the journal, one is held here";
  EXPECT_EQ(tape.writer.next_deadline(), now + 10ms) << "it is offered again";
  EXPECT_FALSE(tape.writer.flush_all());
  ASSERT_TRUE(tape.journal.stop());
  EXPECT_EQ(tape.journal.status().durable_sequence, 4U);
}

TEST(TapeWriter, KeepsDeadLettersBounded) {
  Tape tape;
  for (std::uint64_t count = 0; count < 2 * shard::kDeadLettersWaitingMax; ++count) {
    tape.writer.add_dead_letter(
        {.received_at = {}, .reason = "json_syntax", .detail = "", .bytes = "{"}, kStart);
  }
  EXPECT_EQ(tape.writer.dead_letters(), 2 * shard::kDeadLettersWaitingMax);
  tape.writer.flush(kStart + 5ms);
  ASSERT_TRUE(tape.journal.stop());
  EXPECT_EQ(JournalReader::open(tape.dir.path())->dead_letter_count().value(),
            shard::kDeadLettersWaitingMax);
}

TEST(TapeWriter, BoundsTheMemoryOfDeadLettersUntilTheyAreCommitted) {
  // After the first commit nothing is committed until the journal is stopped.
  Tape tape{{.commit_interval = 1h, .commit_batches = 100}};
  tape.writer.append(trade(1), kStart);
  EXPECT_TRUE(tape.writer.flush_all());
  wait_for([&] { return tape.journal.status().commits == 1; });
  std::string const frame(1 << 20, 'x');
  MonoTime now = kStart;
  for (int count = 0; count < 2'000; ++count, now += 5ms) {
    tape.writer.add_dead_letter(
        shard::make_dead_letter({}, Error{Errc::kJsonSyntax, "offset 1"}, frame), now);
    if (count % 50 == 0) tape.writer.flush(now);
  }
  EXPECT_EQ(tape.writer.dead_letters(), 2'000U);
  std::uint64_t const kept = 2'000 - tape.writer.dead_letters_dropped();
  EXPECT_LE(kept * shard::kDeadLetterBytesMax, shard::kDeadLetterMemoryMax);
  EXPECT_GT(kept * shard::kDeadLetterBytesMax, shard::kDeadLetterMemoryMax / 2);
  tape.writer.flush(now);
  ASSERT_TRUE(tape.journal.stop());
  auto reader = JournalReader::open(tape.dir.path()).value();
  EXPECT_EQ(reader.dead_letter_count().value(), kept);
  auto const newest = reader.dead_letters(1).value().front();
  EXPECT_EQ(newest.bytes, std::string(16'384, 'x'));
  EXPECT_EQ(newest.detail, "offset 1 (the first 16384 of 1048576 bytes are kept)");
}

TEST(TapeWriter, TakesDeadLettersAgainOnceTheJournalHasCommittedThem) {
  Tape tape;
  std::string const bytes(16'384, 'x');
  for (int round = 0; round < 40; ++round) {
    for (int count = 0; count < 100; ++count) {
      tape.writer.add_dead_letter(
          {.received_at = {}, .reason = "json_syntax", .detail = "", .bytes = bytes}, kStart);
    }
    std::uint64_t const commits = tape.journal.status().commits;
    tape.writer.flush(kStart + 5ms);
    // Two rounds fit into the memory: the one before this is certainly released.
    wait_for([&] { return tape.journal.status().commits > commits; });
  }
  EXPECT_EQ(tape.writer.dead_letters_dropped(), 0U);
}

}  // namespace
}  // namespace k2::io
