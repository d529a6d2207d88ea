#include "sink/commit_pace.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

TEST(CommitPace, BeginsTheFirstTransactionImmediately) {
  EXPECT_EQ(CommitPace(50ms).left(kStart), 0ns);
}

TEST(CommitPace, KeepsTransactionsACommitIntervalApart) {
  CommitPace pace{50ms};
  pace.on_gathered(kStart, 1, false);
  EXPECT_EQ(pace.left(kStart), 50ms);
  EXPECT_EQ(pace.left(kStart + 20ms), 30ms);
  EXPECT_EQ(pace.left(kStart + 50ms), 0ns);
  EXPECT_EQ(pace.left(kStart + 1h), 0ns) << "a trade after a quiet time goes immediately";
}

TEST(CommitPace, DoesNotCountATransactionWithoutRecords) {
  CommitPace pace{50ms};
  pace.on_gathered(kStart, 0, false);
  EXPECT_EQ(pace.left(kStart), 0ns);
}

TEST(CommitPace, DoesNotWaitWhileMoreThanOneTransactionWaits) {
  CommitPace pace{50ms};
  pace.on_gathered(kStart, 100, true);
  EXPECT_EQ(pace.left(kStart), 0ns);
  pace.on_gathered(kStart + 10ms, 99, false);
  EXPECT_EQ(pace.left(kStart + 10ms), 50ms) << "caught up";
}

TEST(CommitPace, IsReadyForTheNextRecordAfterAFullTransaction) {
  CommitPace pace{50ms};
  pace.on_gathered(kStart, 100, true);
  pace.on_gathered(kStart + 60ms, 0, false);
  EXPECT_EQ(pace.left(kStart + 60ms), 0ns);
}

}  // namespace
}  // namespace k2::sink
