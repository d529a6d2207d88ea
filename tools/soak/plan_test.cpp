#include "tools/soak/plan.hpp"

#include "tools/soak/soak_builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::soak {
namespace {

using namespace std::chrono_literals;
using test::plan_of;
using testing::HasSubstr;

TEST(SoakPlan, TakesProfilesAndAnyDuration) {
  EXPECT_EQ(plan_of("1h").duration, 1h);
  EXPECT_EQ(plan_of("12h").duration, 12h);
  EXPECT_EQ(plan_of("24h").duration, 24h);
  EXPECT_EQ(plan_of("7d").duration, 168h);
  EXPECT_EQ(plan_of("90m").duration, 90min);
}

TEST(SoakPlan, UncompressedIsTheSystemAsItIs) {
  Plan const plan = plan_of("24h");
  EXPECT_EQ(plan.run_duration(), 24h);
  EXPECT_EQ(plan.run().rotation, 4h);
  EXPECT_EQ(plan.run().ping, 180s);
  EXPECT_EQ(plan.run().sample, 60s);
  for (PeriodLine const& line : plan.lines()) EXPECT_FALSE(line.held) << line.name;
}

TEST(SoakPlan, CompressedDividesEveryPeriod) {
  Plan const plan = plan_of("24h", 24);
  Periods const run = plan.run();
  EXPECT_EQ(plan.run_duration(), 1h);
  EXPECT_EQ(run.rotation, 10min);
  EXPECT_EQ(run.ping, 7500ms);
  EXPECT_EQ(run.sample, 2500ms);
  EXPECT_EQ(run.exchange_cut, 1h);
}

TEST(SoakPlan, HoldsWhatWouldMeasureTheMachineAndSaysSo) {
  Plan const plan = plan_of("24h", 480);
  Periods const run = plan.run();
  EXPECT_EQ(run.ping_timeout, 2s);
  EXPECT_EQ(run.health_check, 5s);
  EXPECT_EQ(run.sample, 1s);
  EXPECT_EQ(run.ping, 375ms);
  std::vector<std::string_view> held;
  for (PeriodLine const& line : plan.lines()) {
    if (line.held) held.push_back(line.name);
  }
  EXPECT_THAT(held,
              testing::ElementsAre("ping timeout", "health check", "memory sample", "soak sample"));
}

TEST(SoakPlan, AFloorMakesNothingLongerThanItIs) {
  Periods short_ones;
  short_ones.ping_timeout = 1s;
  EXPECT_EQ(make_plan("24h", 480, short_ones)->run().ping_timeout, 1s);
}

TEST(SoakPlan, WarmsUpForATenthHalfAnHourAtMost) {
  EXPECT_EQ(plan_of("1h").warm_up(), 6min);
  EXPECT_EQ(plan_of("24h").warm_up(), 30min);
}

TEST(SoakPlan, RefusesWhatCannotBe) {
  EXPECT_THAT(make_plan("soon", 1, {}).error().detail, HasSubstr("'soon' is no duration"));
  EXPECT_FALSE(make_plan("0s", 1, {}));
  EXPECT_THAT(make_plan("1h", 0.5, {}).error().detail, HasSubstr("from 1 on"));
  EXPECT_THAT(make_plan("24h", 1000, {}).error().detail, HasSubstr("pings each 180ms"));
  EXPECT_THAT(make_plan("5m", 1, {}).error().detail, HasSubstr("too short"));
}

}  // namespace
}  // namespace k2::soak
