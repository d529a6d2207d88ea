// Each criterion just kept and just not kept.
#include "tools/soak/verdict.hpp"

#include "tools/soak/soak_builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::soak {
namespace {

using test::healthy_record;
using test::plan_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kMb = 1 << 20;

std::vector<std::string_view> failed(Record const& record) {
  return judge(record).failed();
}

Criterion criterion(Record const& record, std::string_view name) {
  for (Criterion& one : judge(record).criteria) {
    if (one.name == name) return std::move(one);
  }
  return {};
}

/// Memory that grows in a straight line, by so much from the warm-up's end to the end.
void grow(Record& record, double mb) {
  Plan const& plan = record.setup.plan;
  double const from = Seconds{plan.warm_up()}.count() / plan.compress;
  for (Sample& sample : record.samples) {
    double const share = (sample.elapsed_s - from) / (record.elapsed_s - from);
    sample.rss_bytes = static_cast<std::uint64_t>((30 + share * mb) * kMb);
  }
}

/// One step, long ago: the line through it is flatter than the difference of its ends.
void step(Record& record, double mb) {
  std::size_t const last = record.samples.size() - 1;
  record.samples[last].rss_bytes += static_cast<std::uint64_t>(mb * kMb);
}

TEST(SoakVerdict, AHealthySoakOfAnyLengthPasses) {
  for (char const* duration : {"1h", "2h", "12h", "24h", "7d"}) {
    EXPECT_THAT(failed(healthy_record(plan_of(duration))), IsEmpty()) << duration;
  }
  EXPECT_THAT(failed(healthy_record(plan_of("24h", 480))), IsEmpty());
}

TEST(SoakVerdict, WithoutASampleNothingIsAssumedGood) {
  Record record = healthy_record(plan_of("1h"));
  record.samples.clear();
  EXPECT_THAT(failed(record),
              ElementsAre("samples", "memory_growth", "memory_slope", "memory_hard_limit",
                          "leak_score", "message_rate", "integrity"));
}

TEST(SoakVerdict, NamesACrashAndABadEnd) {
  Record record = healthy_record(plan_of("1h"));
  record.end.exit_code.reset();  // a resumed soak does not know it
  EXPECT_THAT(failed(record), IsEmpty());
  record.end.exit_code = 1;
  EXPECT_THAT(failed(record), ElementsAre("no_crash"));
  record.end = {.crashed = true, .exit_code = {}, .detail = "assertion"};
  EXPECT_THAT(failed(record), ElementsAre("no_crash"));
  EXPECT_THAT(criterion(record, "no_crash").measured, HasSubstr("assertion"));
}

TEST(SoakVerdict, AnEarlyEndIsNoPass) {
  Record record = healthy_record(plan_of("1h"));
  record.elapsed_s = 3599;  // the last glance
  EXPECT_THAT(failed(record), IsEmpty());
  record.elapsed_s = 3598;
  EXPECT_THAT(failed(record), ElementsAre("whole_time"));
  record.elapsed_s = 3600;
  record.stopped_early = "interrupted by SIGINT";
  EXPECT_THAT(failed(record), ElementsAre("whole_time"));
}

TEST(SoakVerdict, OneLookInTenMayBeMissing) {
  Record record = healthy_record(plan_of("24h"));
  // 24 h at one a minute require 1,296 of 1,440.
  record.samples.erase(
      record.samples.begin() + 500,
      record.samples.begin() + 500 + (std::ptrdiff_t(record.samples.size()) - 1296));
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples.erase(record.samples.begin() + 500);
  EXPECT_THAT(failed(record), ElementsAre("samples"));
}

struct GrowthCase {
  char const* duration;
  double limit_mb;
};

class SoakGrowth : public testing::TestWithParam<GrowthCase> {};

TEST_P(SoakGrowth, IsJudgedByEndsAndBySlope) {
  auto const [duration, limit] = GetParam();
  Record record = healthy_record(plan_of(duration));
  step(record, limit - 0.01);
  EXPECT_THAT(failed(record), IsEmpty());
  step(record, 0.02);
  EXPECT_THAT(failed(record), ElementsAre("memory_growth"));
}

TEST_P(SoakGrowth, AStraightLineCountsForTheWholeDuration) {
  auto const [duration, limit] = GetParam();
  Plan const plan = plan_of(duration);
  Record record = healthy_record(plan);
  // What grows so much behind the warm-up grows somewhat more in all.
  double const judged = 1 - Seconds{plan.warm_up()}.count() / Seconds{plan.duration}.count();
  grow(record, judged * (limit - 0.01));
  EXPECT_EQ(criterion(record, "memory_slope").pass, true);
  grow(record, judged * (limit + 0.01));
  EXPECT_EQ(criterion(record, "memory_slope").pass, false);
  EXPECT_EQ(criterion(record, "memory_growth").pass, true) << "the ends alone would let it pass";
}

INSTANTIATE_TEST_SUITE_P(Profiles, SoakGrowth,
                         testing::Values(GrowthCase{"30m", 10}, GrowthCase{"1h", 10},
                                         GrowthCase{"2h", 20}, GrowthCase{"6h", 20},
                                         GrowthCase{"12h", 30}, GrowthCase{"24h", 50},
                                         GrowthCase{"7d", 50}),
                         [](auto const& info) { return std::string{"Of"} + info.param.duration; });

TEST(SoakVerdict, MemoryBeforeTheWarmUpDoesNotCount) {
  Record record = healthy_record(plan_of("1h"));
  record.samples[0].rss_bytes = 1;
  record.samples[5].rss_bytes = 1;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples[6].rss_bytes = 1;  // six minutes
  EXPECT_THAT(failed(record), testing::Contains("memory_growth"));
}

TEST(SoakVerdict, TheHardLimitHoldsAtEveryMoment) {
  Record record = healthy_record(plan_of("24h"));
  record.samples[3].rss_bytes = (std::uint64_t{450} << 20) - 1;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples[3].rss_bytes = std::uint64_t{450} << 20;
  EXPECT_THAT(failed(record), ElementsAre("memory_hard_limit"));
}

TEST(SoakVerdict, TheStreamsLeakScoreStaysBelowAHalf) {
  Record record = healthy_record(plan_of("1h"));
  record.samples[0].leak_score = 1;  // it warms up
  record.samples[30].leak_score = 0.499;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples[30].leak_score = 0.5;
  EXPECT_THAT(failed(record), ElementsAre("leak_score"));
}

TEST(SoakVerdict, CompressedTheLeakScoreIsOfTheSystemsHours) {
  Record record = healthy_record(plan_of("24h", 24));
  for (Sample& sample : record.samples) sample.leak_score = 1;  // per hour of this run: no matter
  EXPECT_THAT(failed(record), IsEmpty());
  for (Sample& sample : record.samples) {
    double const hours = sample.elapsed_s * 24 / 3600;
    sample.rss_bytes = static_cast<std::uint64_t>((30 + 24.9 * hours) * kMb);
  }
  EXPECT_TRUE(criterion(record, "leak_score").pass);
  for (Sample& sample : record.samples) {
    double const hours = sample.elapsed_s * 24 / 3600;
    sample.rss_bytes = static_cast<std::uint64_t>((30 + 25.1 * hours) * kMb);
  }
  EXPECT_FALSE(criterion(record, "leak_score").pass);
}

TEST(SoakVerdict, CompressedMemoryIsToldByEvent) {
  Record record = healthy_record(plan_of("24h", 480));
  step(record, 4);
  // 12 rotations and 960 pings.
  EXPECT_THAT(criterion(record, "memory_growth").measured, HasSubstr("4.2 KB an event of 972"));
  EXPECT_THAT(criterion(healthy_record(plan_of("24h")), "memory_growth").measured,
              testing::Not(HasSubstr("an event")));
}

TEST(SoakVerdict, WantsMoreThanTenMessagesASecond) {
  Record record = healthy_record(plan_of("1h"));
  record.samples.front().received = 0;
  record.samples.back().received = 36'001;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples.back().received = 36'000;
  EXPECT_THAT(failed(record), ElementsAre("message_rate"));
}

TEST(SoakVerdict, FewerThanTenUnplannedDropsADay) {
  Record record = healthy_record(plan_of("1h"));
  record.samples.back().reconnects = {{"error", 4}, {"no_data", 5}};
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples.back().reconnects = {{"error", 5}, {"no_data", 5}};
  EXPECT_THAT(failed(record), ElementsAre("unplanned_drops"));
  EXPECT_EQ(criterion(record, "unplanned_drops").measured, "10; 5 error, 5 no_data");
}

TEST(SoakVerdict, TheWorstDayOfAWeekCounts) {
  Record record = healthy_record(plan_of("7d"));
  // Nine on each day.
  for (Sample& sample : record.samples) {
    sample.reconnects["error"] = 9 * static_cast<std::uint64_t>(sample.elapsed_s / 86'400);
  }
  EXPECT_THAT(failed(record), IsEmpty());
  // One more within a day of the others.
  for (Sample& sample : record.samples) {
    if (sample.elapsed_s >= 86'460) ++sample.reconnects["error"];
  }
  EXPECT_THAT(failed(record), ElementsAre("unplanned_drops"));
}

TEST(SoakVerdict, ADayHasSixRotationsAndFourHundredAndEightyPings) {
  Record record = healthy_record(plan_of("24h"));
  Sample& last = record.samples.back();
  EXPECT_EQ(last.rotated(), 12U) << "six on each of the two connections";
  EXPECT_EQ(last.pings, 960U);
  for (std::uint64_t const kept : {10U, 14U}) {
    last.rotations["rotation"] = kept;
    EXPECT_THAT(failed(record), IsEmpty()) << kept;
  }
  for (std::uint64_t const off : {9U, 15U}) {
    last.rotations["rotation"] = off;
    EXPECT_THAT(failed(record), ElementsAre("rotations")) << off;
  }
  last.rotations["rotation"] = 12;
  // 960 and a tenth, and one for each of two beginnings and twelve replacements.
  for (std::uint64_t const kept : {850U, 1070U}) {
    last.pings = kept;
    EXPECT_THAT(failed(record), IsEmpty()) << kept;
  }
  for (std::uint64_t const off : {849U, 1071U}) {
    last.pings = off;
    EXPECT_THAT(failed(record), ElementsAre("pings")) << off;
  }
}

TEST(SoakVerdict, CompressedAQuarterOfThePingsMayBeOff) {
  Record record = healthy_record(plan_of("24h", 480));
  // 960 less a quarter, two beginnings and twelve replacements.
  record.samples.back().pings = 706;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples.back().pings = 705;
  EXPECT_THAT(failed(record), ElementsAre("pings"));
}

TEST(SoakVerdict, CompressedAQuarterOfTheLooksMayBeMissing) {
  Record record = healthy_record(plan_of("24h", 480));  // 180 s, a look each second
  auto const keep = [&record](std::ptrdiff_t count) {
    record.samples.erase(record.samples.begin() + 50,
                         record.samples.begin() + 50 + std::ssize(record.samples) - count);
  };
  keep(135);
  EXPECT_THAT(failed(record), IsEmpty());
  keep(134);
  EXPECT_THAT(failed(record), ElementsAre("samples"));
}

TEST(SoakVerdict, AReplacementMayCostARotation) {
  Record record = healthy_record(plan_of("24h"));
  Sample& last = record.samples.back();
  last.rotations["rotation"] = 8;
  EXPECT_THAT(failed(record), ElementsAre("rotations"));
  last.reconnects["error"] = 1;
  last.rotations["server_shutdown"] = 1;
  EXPECT_THAT(failed(record), IsEmpty());
}

TEST(SoakVerdict, AnHourHasNoRotation) {
  Record record = healthy_record(plan_of("1h"));
  record.samples.back().rotations["rotation"] = 3;
  EXPECT_THAT(failed(record), ElementsAre("rotations"));
}

TEST(SoakVerdict, IntegrityWantsEveryVerifierAndTheAudit) {
  Record record = healthy_record(plan_of("1h"));
  record.verified.push_back(
      {.command = "kafka", .verdict = "NOT CLEAN: 1 missing", .open_gap_ids = 0});
  EXPECT_THAT(failed(record), ElementsAre("integrity"));
  EXPECT_THAT(criterion(record, "integrity").measured, HasSubstr("NOT CLEAN: 1 missing"));
  std::swap(record.verified.front(), record.verified.back());
  EXPECT_THAT(failed(record), ElementsAre("integrity")) << "whichever of them it is";
  std::swap(record.verified.front(), record.verified.back());
  record.verified.back().clean = true;
  EXPECT_THAT(failed(record), IsEmpty());
  record.samples.back().minutes_incomplete = 1;
  EXPECT_THAT(failed(record), ElementsAre("integrity"));
  record.samples.back().minutes_incomplete = 0;
  record.samples.back().doubled_ids = 1;
  EXPECT_THAT(failed(record), ElementsAre("integrity"));
  record.samples.back().doubled_ids = 0;
  record.verified.clear();
  EXPECT_THAT(failed(record), ElementsAre("integrity"));
}

TEST(SoakVerdict, AnOpenGapFailsIntegrityWhateverTheVerifierSaid) {
  Record record = healthy_record(plan_of("1h"));
  record.verified.front().open_gap_ids = 840;
  EXPECT_EQ(judge(record).outcome(), Outcome::kFail);
  EXPECT_THAT(failed(record), ElementsAre("integrity"));
  EXPECT_THAT(criterion(record, "integrity").measured, HasSubstr("840 ids in open gaps"));
  record.verified.front().open_gap_ids = 0;
  record.samples.back().missing_ids = 840;  // the stream itself reports them
  EXPECT_EQ(judge(record).outcome(), Outcome::kFail);
  EXPECT_THAT(criterion(record, "integrity").measured, HasSubstr("840 ids missing at the end"));
  record.samples.back().missing_ids = 0;
  EXPECT_EQ(judge(record).outcome(), Outcome::kPass);
}

TEST(SoakVerdict, WhatWasNotCheckedIsUnknown) {
  Record const healthy = healthy_record(plan_of("1h"));
  Record record = healthy;
  record.verified.clear();
  EXPECT_EQ(judge(record).outcome(), Outcome::kUnknown);
  record = healthy;
  record.verified.front() = {.clean = false, .unknown = true, .verdict = "UNKNOWN: a cut file"};
  EXPECT_EQ(judge(record).outcome(), Outcome::kUnknown);
  record = healthy;
  record.verified.front().open_gap_ids.reset();
  EXPECT_EQ(judge(record).outcome(), Outcome::kUnknown);
  record = healthy;
  for (Sample& sample : record.samples) sample.minutes_complete = 0;
  EXPECT_EQ(judge(record).outcome(), Outcome::kUnknown);
  EXPECT_THAT(criterion(record, "integrity").measured, HasSubstr("no minute was audited"));
  record.stopped_early = "interrupted";
  EXPECT_EQ(judge(record).outcome(), Outcome::kFail) << "what is known to be wrong goes first";
  EXPECT_EQ(Verdict{}.outcome(), Outcome::kUnknown) << "no criterion";
}

TEST(SoakVerdict, AnAuditThatPausesForAHundredthOfTheTimeIsUnknown) {
  // A day of 1,440 minutes; a judgement may be three minutes late.
  auto const paused = [](double minutes) {
    Record record = healthy_record(plan_of("24h"));
    for (Sample& sample : record.samples) {
      double const minute = sample.elapsed_s / 60;
      double const judged = minute < 100 ? minute : std::max(100.0, minute - minutes);
      sample.minutes_complete = static_cast<std::uint64_t>(judged);
    }
    return record;
  };
  EXPECT_EQ(judge(paused(17)).outcome(), Outcome::kPass);
  EXPECT_EQ(judge(paused(19)).outcome(), Outcome::kUnknown);
  EXPECT_THAT(criterion(paused(160), "integrity").measured, HasSubstr("audited for 89."));
  Record tail = healthy_record(plan_of("24h"));
  for (Sample& sample : tail.samples) {
    sample.minutes_complete = std::min<std::uint64_t>(sample.minutes_complete, 720);
  }
  EXPECT_EQ(judge(tail).outcome(), Outcome::kUnknown);
}

TEST(SoakStop, EndsOverTheHardLimitAndOnALostTrade) {
  Sample sample;
  sample.rss_bytes = (std::uint64_t{450} << 20) - 1;
  EXPECT_EQ(reason_to_stop(sample), "");
  sample.rss_bytes += 1;
  EXPECT_THAT(reason_to_stop(sample), HasSubstr("450.0 MB is over the hard limit"));
  sample.rss_bytes = 0;
  sample.minutes_incomplete = 1;
  EXPECT_THAT(reason_to_stop(sample), HasSubstr("a trade was lost"));
  sample.minutes_incomplete = 0;
  sample.doubled_ids = 1;
  EXPECT_THAT(reason_to_stop(sample), HasSubstr("accepted twice"));
}

}  // namespace
}  // namespace k2::soak
