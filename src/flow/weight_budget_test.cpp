#include "flow/weight_budget.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Now at(std::chrono::nanoseconds since) {
  return {MonoTime{seconds{500}} + since,
          UtcTime{seconds{1'700'000'040}} +  // a minute begins
              std::chrono::duration_cast<std::chrono::microseconds>(since)};
}

TEST(WeightBudget, SpendsItsShareOfAMinuteAndNoMore) {
  WeightBudget budget{100, 0.9};
  EXPECT_TRUE(budget.try_spend(50, at(seconds{0})));
  EXPECT_TRUE(budget.try_spend(40, at(seconds{1})));
  EXPECT_FALSE(budget.try_spend(1, at(seconds{59})));
  EXPECT_TRUE(budget.try_spend(50, at(seconds{62})));
  EXPECT_FALSE(budget.try_spend(1, at(seconds{62})));
  EXPECT_TRUE(budget.try_spend(40, at(seconds{63})));
}

TEST(WeightBudget, NeverSpendsMoreThanItsShareInAnyMinuteWhereverTheClockStands) {
  WeightBudget budget{6'000, 0.9};
  std::vector<std::pair<std::chrono::nanoseconds, std::uint32_t>> spent;
  std::uint64_t total = 0;
  auto const ten_minutes = std::chrono::minutes{10};
  for (std::chrono::nanoseconds now{}; now < ten_minutes; now += milliseconds{50}) {
    // Nothing for a while, then all at once just before a border.
    if (now < milliseconds{59'900} || !budget.try_spend(25, at(now))) continue;
    spent.emplace_back(now, 25);
    total += 25;
  }
  for (auto const& [from, weight] : spent) {
    std::uint64_t minute = 0;
    for (auto const& [when, one] : spent) {
      if (when >= from && when < from + seconds{61}) minute += one;
    }
    ASSERT_LE(minute, 5'400U) << from.count();
  }
  EXPECT_GE(total, 9U * 5'400U * 9U / 10U) << "the share is used";
}

TEST(WeightBudget, CountsWhatOthersOfItsAddressSpend) {
  WeightBudget budget{100, 1.0};
  EXPECT_TRUE(budget.try_spend(10, at(seconds{6})));
  budget.on_used(80, at(seconds{7}));
  EXPECT_EQ(budget.used(), 80U);
  EXPECT_FALSE(budget.try_spend(25, at(seconds{8})));
  EXPECT_TRUE(budget.try_spend(20, at(seconds{8})));
  budget.on_used(10, at(seconds{9}));
  EXPECT_EQ(budget.used(), 100U);
  EXPECT_TRUE(budget.try_spend(70, at(seconds{60}))) << "their minute is over, ours are 30";
}

TEST(WeightBudget, IsNotMisledByACountOfTheMinuteBefore) {
  WeightBudget budget{100, 1.0};
  EXPECT_TRUE(budget.try_spend(20, at(seconds{59})));
  budget.on_used(90, at(milliseconds{60'300}));
  EXPECT_TRUE(budget.try_spend(80, at(seconds{61})));
}

TEST(WeightBudget, KeepsRoomForWhatCannotWait) {
  WeightBudget budget{100, 1.0};
  EXPECT_TRUE(budget.try_spend(25, at(seconds{0}), 0.3));
  EXPECT_FALSE(budget.try_spend(25, at(seconds{0}), 0.3));
  EXPECT_TRUE(budget.try_spend(25, at(seconds{0})));
}

TEST(WeightBudget, StandsStillWhileTheExchangeAsksForIt) {
  WeightBudget budget{100, 1.0};
  budget.block(seconds{120}, at(seconds{0}));
  EXPECT_FALSE(budget.try_spend(1, at(seconds{119})));
  EXPECT_TRUE(budget.blocked(at(seconds{119}).mono));
  EXPECT_TRUE(budget.try_spend(1, at(seconds{120})));
}

TEST(WeightBudget, FollowsTheLimitThatTheExchangeStates) {
  WeightBudget budget{100, 1.0};
  budget.set_limit(20);
  EXPECT_FALSE(budget.try_spend(25, at(seconds{0})));
}

}  // namespace
}  // namespace k2::flow
