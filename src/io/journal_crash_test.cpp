// The journal under kill -9: whatever the moment, the blocks that were committed are there, whole,
// and the positions say exactly what the blocks say.
#include "core/rng.hpp"
#include "io/journal.hpp"
#include "io/journal_reader.hpp"
#include "sink/trade_record.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace k2::io {
namespace {

/// Opens the journal and commits until it is killed, telling each durable sequence to the pipe.
[[noreturn]] void write_until_killed(std::filesystem::path const& dir, int pipe, Rng rng) {
  auto const journal =
      Journal::open({.data_dir = dir, .log_bytes_max = std::size_t{128} << 10}).value();
  auto builder = test::sample_builder(journal->next_sequence());
  for (;;) {
    std::vector<sink::Batch> batches(1 + rng.below(4));
    for (sink::Batch& batch : batches) {
      for (auto count = 1 + rng.below(100); count > 0; --count) {
        auto const sequence = builder.next_sequence();
        // The id follows from the sequence, so that a reader knows what to expect.
        builder.append(test::sample_trade(sequence, SymbolIndex{sequence % 3 == 0 ? 1U : 0U}));
      }
      builder.take(batch.block);
    }
    if (!journal->commit(batches)) _exit(1);
    std::uint64_t const durable = journal->next_sequence();
    if (write(pipe, &durable, sizeof durable) != sizeof durable) _exit(1);
  }
}

void expect_whole(std::filesystem::path const& dir, std::uint64_t durable) {
  auto reader = JournalReader::open(dir).value();
  std::map<std::string, TradeId> last;
  std::uint64_t sequence = 1;
  sink::Block block;
  sink::TradeRecord record;
  ReadStatus status = ReadStatus::kEnd;
  while ((status = reader.next(block)) == ReadStatus::kBlock) {
    ASSERT_EQ(block.first_sequence, sequence);
    sink::AvroReader datums{block.bytes};
    for (; sequence < block.end_sequence(); ++sequence) {
      ASSERT_TRUE(sink::read_trade(datums, record));
      ASSERT_EQ(record.source_sequence, static_cast<std::int64_t>(sequence));
      last[std::string{record.symbol}] = TradeId{sequence};
    }
    ASSERT_TRUE(datums.at_end());
  }
  ASSERT_EQ(status, ReadStatus::kEnd) << reader.error().to_string();
  EXPECT_GE(sequence, durable);
  std::map<std::string, TradeId> positions;
  for (auto const& position : reader.positions().value()) {
    positions[position.symbol] = position.last;
  }
  EXPECT_EQ(positions, last);
}

TEST(JournalCrash, LeavesBlocksAndPositionsThatAgree) {
  test::TempDir const dir;
  Rng rng{20'240'808};
  std::uint64_t durable = 1;
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t const child = fork();
    if (child == 0) write_until_killed(dir.path(), ends[1], Rng{rng.next()});
    close(ends[1]);
    for (auto commits = rng.below(60); commits > 0; --commits) {
      ASSERT_EQ(read(ends[0], &durable, sizeof durable), 8);
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    // What it told before it died counts as well.
    while (read(ends[0], &durable, sizeof durable) == sizeof durable) {
    }
    close(ends[0]);
    if (durable > 1) expect_whole(dir.path(), durable);
    if (HasFatalFailure()) return;
    rng.next();
  }
  EXPECT_GT(durable, 1'000U);
}

}  // namespace
}  // namespace k2::io
