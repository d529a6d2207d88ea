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
    // Nothing for a while, then everything just before a border.
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

/// Returns the amount that a purpose receives when it requests repeatedly until then.
std::uint32_t spend_until(WeightBudget& budget, Purpose purpose, std::chrono::nanoseconds from,
                          std::chrono::nanoseconds until) {
  std::uint32_t spent = 0;
  for (auto now = from; now < until; now += milliseconds{50}) {
    while (budget.try_spend(25, at(now), purpose)) spent += 25;
  }
  return spent;
}

TEST(WeightBudget, SpendsACatchUpEvenlyOverTheMinute) {
  WeightBudget budget{6'000, 0.9};
  for (int ten_seconds = 0; ten_seconds < 30; ++ten_seconds) {
    auto const from = seconds{10 * ten_seconds};
    std::uint32_t const spent = spend_until(budget, Purpose::kCatchUp, from, from + seconds{10});
    EXPECT_GE(spent, 775U) << ten_seconds;
    EXPECT_LE(spent, 1'025U) << ten_seconds;
  }
}

TEST(WeightBudget, AlwaysHasRoomForAGapThatOnePageCloses) {
  WeightBudget budget{6'000, 0.9};
  for (int second = 0; second < 300; ++second) {
    auto const from = seconds{second};
    (void)spend_until(budget, Purpose::kCatchUp, from, from + seconds{1});
    for (int gap = 0; gap < 3; ++gap) {
      ASSERT_TRUE(budget.try_spend(25, at(from + milliseconds{999}))) << second;
    }
  }
}

TEST(WeightBudget, GivesProbesTheirShareBesideACatchUp) {
  WeightBudget budget{6'000, 0.9};
  std::uint32_t probes = 0;
  std::uint32_t caught_up = 0;
  for (int second = 0; second < 600; ++second) {
    auto const from = seconds{second};
    caught_up += spend_until(budget, Purpose::kCatchUp, from, from + seconds{1});
    for (int symbol = 0; symbol < 5; ++symbol) {
      if (budget.try_spend(25, at(from), Purpose::kProbe)) probes += 25;
    }
  }
  EXPECT_GE(probes, 10U * 450U);
  EXPECT_GE(caught_up, 10U * 5'400U * 8U / 10U);
}

TEST(WeightBudget, GivesProbesWhatNobodyElseWants) {
  WeightBudget budget{6'000, 0.9};
  EXPECT_GE(spend_until(budget, Purpose::kProbe, {}, std::chrono::minutes{10}), 10U * 4'860U);
}

TEST(WeightBudget, KeepsRoomForLiveGapsBesideTheRepairOfDeclaredOnes) {
  WeightBudget budget{6'000, 0.9};
  (void)spend_until(budget, Purpose::kDeclared, {}, seconds{120});
  EXPECT_LE(budget.used(), 3'780U);
  EXPECT_GE(budget.used(), 3'600U);
  EXPECT_TRUE(budget.try_spend(1'500, at(seconds{120})));
}

TEST(WeightBudget, SpendsATightBudgetOnePageAtATime) {
  WeightBudget budget{300, 0.9};
  std::uint32_t const spent = spend_until(budget, Purpose::kCatchUp, {}, std::chrono::minutes{10});
  EXPECT_GE(spent, 10U * 200U);
  EXPECT_LE(spent, 10U * 270U);
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
