#include "flow/weight_budget.hpp"

#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using std::chrono::seconds;

Now at(int second) {
  return {MonoTime{seconds{second}}, UtcTime{seconds{1'700'000'040 + second}}};  // a minute begins
}

TEST(WeightBudget, SpendsItsShareOfAMinuteAndNoMore) {
  WeightBudget budget{100, 0.9};
  EXPECT_TRUE(budget.try_spend(50, at(0)));
  EXPECT_TRUE(budget.try_spend(40, at(1)));
  EXPECT_FALSE(budget.try_spend(1, at(59)));
  EXPECT_TRUE(budget.try_spend(90, at(60)));
}

TEST(WeightBudget, BelievesTheExchangeOverItself) {
  WeightBudget budget{100, 1.0};
  budget.on_used(80, at(0));
  EXPECT_FALSE(budget.try_spend(25, at(1)));
  EXPECT_TRUE(budget.try_spend(20, at(1)));
  budget.on_used(10, at(2));
  EXPECT_EQ(budget.used(), 100U);
}

TEST(WeightBudget, KeepsRoomForWhatCannotWait) {
  WeightBudget budget{100, 1.0};
  EXPECT_TRUE(budget.try_spend(25, at(0), 0.3));
  EXPECT_FALSE(budget.try_spend(25, at(0), 0.3));
  EXPECT_TRUE(budget.try_spend(25, at(0)));
}

TEST(WeightBudget, StandsStillWhileTheExchangeAsksForIt) {
  WeightBudget budget{100, 1.0};
  budget.block(seconds{120}, at(0));
  EXPECT_FALSE(budget.try_spend(1, at(119)));
  EXPECT_TRUE(budget.try_spend(1, at(120)));
}

TEST(WeightBudget, FollowsTheLimitThatTheExchangeStates) {
  WeightBudget budget{100, 1.0};
  budget.set_limit(20);
  EXPECT_FALSE(budget.try_spend(25, at(0)));
}

}  // namespace
}  // namespace k2::flow
