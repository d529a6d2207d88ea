#include "io/journal_thread.hpp"

#include "io/journal_reader.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

namespace k2::io {
namespace {

using namespace std::chrono_literals;
using testing::UnorderedElementsAre;

std::unique_ptr<Journal> open_journal(std::filesystem::path const& dir) {
  return Journal::open({.data_dir = dir}).value();
}

void wait_for(auto const& condition) {
  while (!condition()) std::this_thread::yield();
}

/// Fills batches as the shard does: into emptied ones, waiting when the hand-over is full.
class Shard {
 public:
  Shard(JournalThread& thread, std::uint64_t next_sequence)
      : thread_(thread), builder_(test::sample_builder(next_sequence)) {}

  void push(std::uint64_t records) {
    sink::Batch batch = thread_.take_emptied();
    for (; records > 0; --records) builder_.append(test::sample_trade(next_id_++));
    builder_.take(batch.block);
    wait_for([&] { return thread_.try_push(std::move(batch)); });
  }

 private:
  JournalThread& thread_;
  sink::BlockBuilder builder_;
  std::uint64_t next_id_ = 1;
};

TEST(JournalThread, NoticesWhileNothingComesThatItsFileWasDeleted) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path() / "data")};
  Shard shard{thread, 1};
  shard.push(20);
  wait_for([&] { return thread.status().commits == 1; });
  EXPECT_FALSE(thread.status().lost);
  std::filesystem::remove_all(dir.path() / "data");
  wait_for([&] { return thread.status().lost; });
  EXPECT_TRUE(thread.status().failing);
  EXPECT_EQ(thread.last_error().code, Errc::kFileFailed);
  EXPECT_EQ(thread.stop().error().code, Errc::kFileFailed);
}

TEST(JournalThread, CommitsAllThatWasPushedBeforeItStops) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path())};
  Shard shard{thread, 1};
  for (int batch = 0; batch < 1'000; ++batch) shard.push(20);
  EXPECT_TRUE(thread.stop());
  EXPECT_EQ(thread.status().durable_sequence, 20'001U);
  EXPECT_THAT(thread.positions(), UnorderedElementsAre(sink::Position{"BTCUSDT", TradeId{20'000}}));
  EXPECT_EQ(JournalReader::open(dir.path())->extent().value().end_sequence, 20'001U);
}

TEST(JournalThread, IsSeenToHangWhenItDoes) {
  test::TempDir const dir;
  std::atomic<bool> hang{true};
  JournalThread thread{open_journal(dir.path()), {.on_progress = [&] { hang.wait(true); }}};
  Shard shard{thread, 1};
  auto const begun = std::chrono::steady_clock::now();
  shard.push(3);
  wait_for([&] { return thread.status().commits == 1; });
  shard.push(3);
  wait_for([&] { return thread.status().turned > 40ms; });
  hang.store(false);
  hang.notify_all();
  wait_for([&] { return thread.status().durable_sequence == 7; });
  auto const turned = thread.status().turned;
  EXPECT_LT(turned, std::chrono::steady_clock::now() - begun);
}

TEST(JournalThread, MakesASingleBatchDurableWithoutAnother) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path())};
  Shard shard{thread, 1};
  shard.push(3);
  wait_for([&] { return thread.status().durable_sequence == 4; });
  EXPECT_EQ(thread.status().commits, 1U);
  EXPECT_GT(thread.status().commit_time, 0ns);
}

TEST(JournalThread, CommitsManyWaitingBatchesAtOnce) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path()), {.commit_interval = 1h, .commit_batches = 8}};
  Shard shard{thread, 1};
  // The first commit comes at once, since none came before; the hour then begins.
  shard.push(1);
  wait_for([&] { return thread.status().commits == 1; });
  for (int batch = 0; batch < 8; ++batch) shard.push(1);
  wait_for([&] { return thread.status().durable_sequence == 10; });
  EXPECT_EQ(thread.status().commits, 2U);
}

TEST(JournalThread, SaysNoWhenItsBoundIsReachedAndKeepsTheBatch) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path()),
                       {.commit_interval = 1h, .commit_batches = 100, .waiting_batches_max = 4}};
  Shard shard{thread, 1};
  shard.push(1);
  wait_for([&] { return thread.status().commits == 1; });
  for (int batch = 0; batch < 4; ++batch) shard.push(1);
  sink::Batch fifth;
  fifth.dead_letters.push_back({{}, "json_syntax", "", "x"});
  EXPECT_FALSE(thread.try_push(std::move(fifth)));
  // NOLINTNEXTLINE(bugprone-use-after-move): what is refused has not been moved from
  EXPECT_EQ(fifth.dead_letters.size(), 1U);
  EXPECT_EQ(thread.status().waiting_batches, 4U);
}

TEST(JournalThread, GivesEmptiedBatchesBackWithTheirMemory) {
  test::TempDir const dir;
  JournalThread thread{open_journal(dir.path())};
  Shard shard{thread, 1};
  shard.push(100);
  wait_for([&] { return thread.status().durable_sequence == 101; });
  sink::Batch batch;
  wait_for([&] {
    batch = thread.take_emptied();
    return batch.block.bytes.capacity() > 5'000;
  });
  EXPECT_TRUE(batch.empty());
}

TEST(JournalThread, TellsOfProgressFromItsOwnThread) {
  test::TempDir const dir;
  std::atomic<int> told{0};
  JournalThread thread{open_journal(dir.path()), {.on_progress = [&told] { ++told; }}};
  Shard shard{thread, 1};
  shard.push(1);
  wait_for([&] { return told.load() == 1; });
}

/// A file system of 2 MiB; only root can have one.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path const& at) : at_(at) {
    std::filesystem::create_directories(at_);
    mounted_ = mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=2m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(SmallDisk const&) = delete;
  SmallDisk& operator=(SmallDisk const&) = delete;

  [[nodiscard]] bool mounted() const noexcept { return mounted_; }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

/// As in the other tests: what cannot run fails, unless a skip was asked for.
bool skip_allowed() {
  char const* const wish = std::getenv("TEST_K2_ALLOW_SKIP");
  return wish != nullptr && std::string_view{wish} == "1";
}

void write_ballast(std::filesystem::path const& file) {
  std::ofstream out{file, std::ios::binary};
  std::string const chunk(4096, 'b');
  while (out.write(chunk.data(), 4096).flush()) {
  }
}

TEST(JournalThread, OutlastsAFullDiskAndLosesNothing) {
  test::TempDir const dir;
  SmallDisk const disk{dir.path() / "disk"};
  if (!disk.mounted()) {
    ASSERT_TRUE(skip_allowed()) << "no right to mount a tmpfs: run as root";
    GTEST_SKIP() << "needs the right to mount a tmpfs";
  }
  auto const data = dir.path() / "disk" / "data";
  auto const ballast = dir.path() / "disk" / "ballast";
  JournalThread thread{open_journal(data), {.retry_first = 1ms, .retry_max = 4ms}};
  Shard shard{thread, 1};
  shard.push(10);
  wait_for([&] { return thread.status().durable_sequence == 11; });
  write_ballast(ballast);
  for (int batch = 0; batch < 10; ++batch) shard.push(200);
  wait_for([&] { return thread.status().failures >= 3; });
  EXPECT_TRUE(thread.status().failing);
  EXPECT_EQ(thread.last_error().code, Errc::kDiskFull) << thread.last_error().to_string();
  std::filesystem::remove(ballast);
  wait_for([&] { return thread.status().durable_sequence == 2'011; });
  EXPECT_FALSE(thread.status().failing);
  EXPECT_TRUE(thread.stop());
  EXPECT_EQ(JournalReader::open(data)->positions().value().at(0).last, TradeId{2'010});
}

TEST(JournalThread, GivesUpAfterItsPatienceWhenItMustStop) {
  test::TempDir const dir;
  SmallDisk const disk{dir.path() / "disk"};
  if (!disk.mounted()) {
    ASSERT_TRUE(skip_allowed()) << "no right to mount a tmpfs: run as root";
    GTEST_SKIP() << "needs the right to mount a tmpfs";
  }
  JournalThread thread{open_journal(dir.path() / "disk" / "data"),
                       {.retry_first = 1ms, .retry_max = 4ms, .stop_patience = 20ms}};
  write_ballast(dir.path() / "disk" / "ballast");
  Shard shard{thread, 1};
  for (int batch = 0; batch < 10; ++batch) shard.push(200);
  auto const outcome = thread.stop();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kDiskFull) << outcome.error().to_string();
}

}  // namespace
}  // namespace k2::io
