#include "tools/report/series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::report {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr Span kHour{1'000, 4'600};

std::vector<double> values(Samples const& samples) {
  std::vector<double> all;
  for (Sample const& sample : samples) all.push_back(sample.value);
  return all;
}

/// One a minute from 1,060 on.
Samples each_minute(std::vector<double> const& values) {
  Samples samples;
  for (double const value : values) {
    samples.push_back({1'000 + 60 * static_cast<double>(samples.size() + 1), value});
  }
  return samples;
}

/// A process that was started at that moment, seen each minute from 1,060 on.
Lives one_life(double start, std::size_t minutes = 60) {
  return Lives{each_minute(std::vector<double>(minutes, start))};
}

TEST(Growth, CountsFromTheFirstValueOfAProcessThatRanBefore) {
  EXPECT_THAT(values(growth(each_minute({100, 103, 103}), one_life(500), kHour)),
              ElementsAre(0, 3, 0));
}

TEST(Growth, CountsTheFirstValueOfAProcessThatWasStartedWithinThePeriod) {
  EXPECT_THAT(values(growth(each_minute({5, 6}), one_life(1'010), kHour)), ElementsAre(5, 1));
}

TEST(Growth, TakesAFallForARestart) {
  EXPECT_THAT(values(growth(each_minute({10, 12, 3}), {}, kHour)), ElementsAre(0, 2, 3));
}

TEST(Growth, SeesARestartBehindACounterThatDidNotFall) {
  Lives const lives{each_minute({500, 500, 1'150, 1'150})};
  EXPECT_THAT(values(growth(each_minute({2, 2, 2, 4}), lives, kHour)), ElementsAre(0, 0, 2, 2));
}

TEST(Growth, CountsAllOfASeriesThatAppearsLater) {
  Samples const late{{1'240, 3}, {1'300, 4}};
  EXPECT_THAT(values(growth(late, one_life(500), kHour)), ElementsAre(3, 1));
}

TEST(Growth, GoesOnAcrossAHole) {
  Samples const counter{{1'060, 10}, {3'000, 25}};
  EXPECT_THAT(values(growth(counter, one_life(500), kHour)), ElementsAre(0, 15));
}

TEST(SumWithin, KnowsNothingOfATimeWithoutSamples) {
  Samples const samples = each_minute({1, 2, 3});
  EXPECT_THAT(sum_within(samples, {1'000, 1'120}), Optional(DoubleEq(3)));
  EXPECT_THAT(sum_within(samples, {1'060, 1'180}), Optional(DoubleEq(5)));
  EXPECT_EQ(sum_within(samples, {5'000, 6'000}), std::nullopt);
}

TEST(Quantile, IsAValueThatWasThere) {
  EXPECT_THAT(quantile({5, 1, 4, 2, 3}, 0.5), Optional(DoubleEq(3)));
  EXPECT_THAT(quantile({5, 1, 4, 2, 3}, 1), Optional(DoubleEq(5)));
  EXPECT_EQ(quantile({}, 0.5), std::nullopt);
}

TEST(TimeSeen, AddsUpWhatWasWell) {
  Seen const seen = time_seen(each_minute({1, 1, 0, 1}), {1'060, 1'300});
  EXPECT_EQ(seen.observed_s, 240);
  EXPECT_EQ(seen.well_s, 180);
}

TEST(TimeSeen, DoesNotTakeAHoleForAnything) {
  Samples state = each_minute({1, 1, 1});
  state.push_back({2'180, 1});
  state.push_back({2'240, 1});
  Seen const seen = time_seen(state, {1'060, 2'300});
  EXPECT_EQ(seen.observed_s, 300);
  EXPECT_EQ(seen.well_s, 300);
}

TEST(TimeSeen, BearsAScrapeThatIsLate) {
  Samples const state{{1'060, 1}, {1'120, 1}, {1'240, 1}, {1'300, 1}};
  EXPECT_EQ(time_seen(state, {1'060, 1'360}).observed_s, 300);
}

/// One sample each five minutes, so many hours long.
Samples memory(double hours, double first_mb, double mb_per_hour, double from = 0) {
  Samples samples;
  for (double at = 300; at <= hours * 3'600; at += 300) {
    samples.push_back({from + at, first_mb + mb_per_hour * at / 3'600});
  }
  return samples;
}

Lives life(std::vector<Sample> starts) {
  return Lives{std::move(starts)};
}

TEST(MemoryRise, IsThatOfADay) {
  auto const hours = memory_hours(memory(72, 20, 2), life({{300, 0}}));
  EXPECT_EQ(hours.size(), 71U);
  EXPECT_NEAR(*memory_rise(hours, {0, 3 * kDaySeconds}), 48, 0.01);
  EXPECT_NEAR(*memory_slope(hours, {0, 3 * kDaySeconds}), 48, 0.01);
}

TEST(MemoryRise, LeavesOutTheFirstHourInWhichBuffersFill) {
  Samples samples = memory(6, 24, 0);
  for (Sample& sample : samples) {
    if (sample.at_s < 3'500) sample.value = 2;
  }
  EXPECT_EQ(memory_rise(memory_hours(samples, life({{300, 0}})), {0, 6 * 3'600}), 0);
}

TEST(MemoryRise, ComparesNoTwoLives) {
  Samples samples = memory(12, 20, 1);
  for (Sample const& sample : memory(12, 200, 1, 12 * 3'600)) samples.push_back(sample);
  auto const hours = memory_hours(samples, life({{300, 0}, {12 * 3'600 + 300, 12 * 3'600}}));
  EXPECT_NEAR(*memory_rise(hours, {0, kDaySeconds}), 10, 0.01);
}

TEST(MemoryRise, IsUnknownWhileThereIsNothingToCompare) {
  EXPECT_EQ(memory_rise(memory_hours(memory(2, 20, 1), life({{300, 0}})), {0, 7'200}),
            std::nullopt);
  EXPECT_EQ(memory_rise(memory_hours(memory(9, 20, 1), {}), {0, kDaySeconds}), std::nullopt);
}

TEST(MemoryRise, OfMemoryThatFallsIsNegative) {
  auto const hours = memory_hours(memory(10, 50, -2), life({{300, 0}}));
  EXPECT_LT(*memory_rise(hours, {0, kDaySeconds}), 0);
}

TEST(Runs, BeginAnewAfterAPause) {
  Samples const firing{{60, 1}, {120, 1}, {180, 1}, {600, 1}, {660, 1}};
  EXPECT_THAT(run_begins(firing, 150), ElementsAre(60, 600));
  EXPECT_THAT(run_begins({}, 150), IsEmpty());
}

TEST(MostInADay, LooksAtAnyTwentyFourHours) {
  EXPECT_EQ(most_in_a_day({}), 0U);
  EXPECT_EQ(most_in_a_day({0, 80'000, 86'399, 86'400, 100'000}), 4U);
}

TEST(Lifetimes, EndWhereTheAgeFalls) {
  Samples const age{{60, 50}, {120, 110}, {180, 20}, {240, 80}, {300, 10}};
  EXPECT_THAT(lifetimes_of(age, {0, 1'000}), ElementsAre(140, 110));
  EXPECT_THAT(lifetimes_of(age, {200, 1'000}), ElementsAre(110));
}

TEST(DaysOf, EndWithAShorterOne) {
  EXPECT_THAT(days_of({0, 2.5 * kDaySeconds}),
              ElementsAre(Span{0, kDaySeconds}, Span{kDaySeconds, 2 * kDaySeconds},
                          Span{2 * kDaySeconds, 2.5 * kDaySeconds}));
}

}  // namespace
}  // namespace k2::report
