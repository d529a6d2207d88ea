#include "sink/transaction_size.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TransactionSize, StartsSmallAndDoublesWhileTransactionsAreQuick) {
  TransactionSize size{10'000};
  EXPECT_EQ(size.limit(), 2'000U);
  size.on_committed(2'000, milliseconds{40});
  EXPECT_EQ(size.limit(), 4'000U);
  size.on_committed(4'000, seconds{1});
  EXPECT_EQ(size.limit(), 8'000U);
  size.on_committed(8'000, milliseconds{1});
  EXPECT_EQ(size.limit(), 10'000U);
}

TEST(TransactionSize, StaysWhereItIsWhileTransactionsAreNotFull) {
  TransactionSize size{40'000};
  size.on_committed(1'999, milliseconds{1});
  EXPECT_EQ(size.limit(), 2'000U);
}

TEST(TransactionSize, StaysWhereItIsBetweenHalfTheTargetAndTheTarget) {
  TransactionSize size{40'000};
  size.on_committed(2'000, milliseconds{1'001});
  size.on_committed(2'000, seconds{2});
  EXPECT_EQ(size.limit(), 2'000U);
}

TEST(TransactionSize, FollowsTheMeasuredRateWhenATransactionIsSlow) {
  TransactionSize size{40'000};
  size.on_committed(2'000, seconds{8});
  EXPECT_EQ(size.limit(), 500U);
}

TEST(TransactionSize, HalvesAfterASlowFailureOnly) {
  TransactionSize size{40'000};
  size.on_failed(seconds{1});
  EXPECT_EQ(size.limit(), 2'000U);
  size.on_failed(seconds{10});
  EXPECT_EQ(size.limit(), 1'000U);
}

TEST(TransactionSize, KeepsWithinItsBounds) {
  TransactionSize size{1'000};
  EXPECT_EQ(size.limit(), 1'000U);
  size.on_committed(1, seconds{100});
  EXPECT_EQ(size.limit(), 50U);
  EXPECT_EQ(TransactionSize{1}.limit(), 50U);
}

}  // namespace
}  // namespace k2::sink
