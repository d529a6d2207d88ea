// The verdict as a pure function: each criterion just passing, just failing and unknown.
#include "tools/report/judge.hpp"

#include "tools/report/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>

namespace k2::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr double kMb = 1 << 20;

/// Everything was measured all the time.
Shares all_measured() {
  Shares shares;
  for (char const* const fact :
       {"rss",       "memory_hours",   "received",     "lines",      "lifetime_limit",
        "rotations", "reconnects",     "attempts",     "errors",     "pings",
        "accepted",  "declared",       "complete",     "incomplete", "doubled",
        "audit",     "kafka_produced", "kafka_errors", "kafka_lag",  "rules"}) {
    shares.add(fact, {.of_time = 1, .of_scrapes = 1});
  }
  return shares;
}

/// A day with two connections on which all is well.
Facts good_day(double from_s = 0) {
  Facts facts;
  facts.span = {from_s, from_s + kDaySeconds};
  facts.observed = 1;
  facts.uptime = 1;
  facts.live_s = kDaySeconds;
  facts.rss_most = 24 * kMb;
  facts.rss_rise = 1 * kMb;
  facts.rate = 11;
  facts.rate_p99 = 15;
  facts.lines = 2;
  facts.lifetime_limit_s = 4 * 3'600;
  facts.rotations = 12;
  facts.reconnects = 0;
  facts.attempts = 12;
  facts.tls_failures = 0;
  facts.pings = 960;
  facts.pong_timeouts = 0;
  facts.declared_at_end = 0;
  facts.audit_complete = 2'880;
  facts.audit_incomplete = 0;
  facts.doubled = 0;
  facts.kafka_lag_most_s = 1;
  facts.accepted = 1'000;
  facts.kafka_produced = 1'000;
  facts.kafka_errors = 3;
  facts.shares = all_measured();
  facts.critical_alerts = 0;
  facts.warning_alerts = 2;
  return facts;
}

InstanceFacts instance_of(Facts const& day) {
  InstanceFacts instance;
  instance.name = "a";
  instance.kafka = true;
  instance.whole = day;
  instance.days = {day};
  instance.critical_in_a_day = day.critical_alerts;
  return instance;
}

Judgement judge_one(InstanceFacts const& instance) {
  return judge({instance}, {}, {}, {});
}

TEST(Judge, ApprovesADayOnWhichAllIsWell) {
  auto const judged = judge_one(instance_of(good_day()));
  EXPECT_EQ(judged.verdict, Verdict::kApproved);
  EXPECT_THAT(judged.reasons, IsEmpty());
  EXPECT_EQ(judged.verify.outcome, Outcome::kNone);
}

struct Border {
  char const* criterion;
  std::function<void(Facts&)> just_good;
  std::function<void(Facts&)> just_bad;
  std::function<void(Facts&)> unknown;
};

void PrintTo(Border const& border, std::ostream* out) {
  *out << border.criterion;
}

class Criteria : public testing::TestWithParam<Border> {};

std::vector<std::string> reasons_after(std::function<void(Facts&)> const& change, Verdict wanted) {
  Facts day = good_day();
  change(day);
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, wanted) << testing::PrintToString(judged.reasons);
  return judged.reasons;
}

TEST_P(Criteria, PassJustWithinTheirLimit) {
  EXPECT_THAT(reasons_after(GetParam().just_good, Verdict::kApproved), IsEmpty());
}

TEST_P(Criteria, FailJustBeyondItAndAreTheOnlyReason) {
  EXPECT_THAT(reasons_after(GetParam().just_bad, Verdict::kNotApproved),
              ElementsAre(StartsWith(std::string{"a: "} + GetParam().criterion + ": ")));
}

TEST_P(Criteria, AreNotPassedByWhatWasNotMeasured) {
  EXPECT_THAT(reasons_after(GetParam().unknown, Verdict::kNotApproved),
              testing::Contains(StartsWith(std::string{"a: "} + GetParam().criterion + ": ")));
}

INSTANTIATE_TEST_SUITE_P(
    All, Criteria,
    testing::Values(
        Border{"observed", [](Facts& f) { f.observed = 0.99; },
               [](Facts& f) { f.observed = 0.9899; }, [](Facts& f) { f.observed = 0; }},
        Border{"uptime", [](Facts& f) { f.uptime = 0.99901; }, [](Facts& f) { f.uptime = 0.999; },
               [](Facts& f) { f.uptime.reset(); }},
        Border{"memory", [](Facts& f) { f.rss_rise = 49.9 * kMb; },
               [](Facts& f) { f.rss_rise = 50 * kMb; }, [](Facts& f) { f.rss_rise.reset(); }},
        Border{"rate", [](Facts& f) { f.rate = 10.01; }, [](Facts& f) { f.rate = 10; },
               [](Facts& f) { f.rate.reset(); }},
        // Six a day of each of two connections, a tenth fewer and one more or less at the border.
        Border{"rotations", [](Facts& f) { f.rotations = 9; }, [](Facts& f) { f.rotations = 8; },
               [](Facts& f) { f.rotations.reset(); }},
        Border{"rotations", [](Facts& f) { f.rotations = 17; }, [](Facts& f) { f.rotations = 18; },
               [](Facts& f) { f.lines.reset(); }},
        Border{"pings", [](Facts& f) { f.pings = 910; }, [](Facts& f) { f.pings = 909; },
               [](Facts& f) { f.pings.reset(); }},
        Border{"pings", [](Facts& f) { f.pings = 1'058; }, [](Facts& f) { f.pings = 1'059; },
               [](Facts& f) { f.lines = 0; }},
        Border{"reconnects", [](Facts& f) { f.reconnects = 9; },
               [](Facts& f) { f.reconnects = 10; }, [](Facts& f) { f.reconnects.reset(); }},
        Border{"alerts", [](Facts& f) { f.warning_alerts = 50; },
               [](Facts& f) { f.critical_alerts = 1; },
               [](Facts& f) { f.critical_alerts.reset(); }},
        Border{"delivery", [](Facts& f) { f.kafka_lag_most_s = 59.9; },
               [](Facts& f) { f.kafka_lag_most_s = 60; },
               [](Facts& f) { f.kafka_lag_most_s.reset(); }},
        Border{"delivery", [](Facts& f) { f.kafka_produced = 900; },
               [](Facts& f) { f.kafka_produced = 899; },
               [](Facts& f) { f.kafka_produced.reset(); }},
        Border{"delivery", [](Facts& f) { f.kafka_errors = 100; },
               [](Facts& f) { f.kafka_errors = 101; }, [](Facts& f) { f.kafka_errors.reset(); }}));

/// A fact, and the criteria that need it.
struct Needed {
  char const* fact;
  std::vector<std::string> reasons;
};

void PrintTo(Needed const& needed, std::ostream* out) {
  *out << needed.fact;
}

class MeasuredFor : public testing::TestWithParam<Needed> {};

TEST_P(MeasuredFor, LessThan99PercentIsUnknown) {
  Facts day = good_day();
  day.shares.add(GetParam().fact, {.of_time = 0.99, .of_scrapes = 0.99});
  EXPECT_THAT(judge_one(instance_of(day)).reasons, IsEmpty());
  day.shares.add(GetParam().fact, {.of_time = 0.9899, .of_scrapes = 0.9899});
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  std::vector<testing::Matcher<std::string>> wanted;
  for (auto const& one : GetParam().reasons) {
    wanted.push_back(
        testing::AllOf(StartsWith("a: " + one + ": "), HasSubstr("measured for only 98.9 %")));
  }
  EXPECT_THAT(judged.reasons, testing::UnorderedElementsAreArray(wanted));
}

INSTANTIATE_TEST_SUITE_P(
    All, MeasuredFor,
    testing::Values(Needed{"rss", {"memory", "memory growth"}},
                    Needed{"memory_hours", {"memory", "memory growth"}},
                    Needed{"received", {"rate"}}, Needed{"lines", {"rotations", "pings"}},
                    Needed{"lifetime_limit", {"rotations"}}, Needed{"rotations", {"rotations"}},
                    Needed{"reconnects", {"rotations", "reconnects"}}, Needed{"pings", {"pings"}},
                    Needed{"rules", {"alerts", "critical alerts"}},
                    Needed{"attempts", {"TLS failures"}}, Needed{"errors", {"TLS failures"}},
                    Needed{"declared", {"integrity", "integrity"}},
                    Needed{"complete", {"integrity", "integrity"}},
                    Needed{"incomplete", {"integrity", "integrity"}},
                    Needed{"doubled", {"integrity", "integrity"}},
                    Needed{"audit", {"integrity", "integrity"}}, Needed{"kafka_lag", {"delivery"}},
                    Needed{"kafka_produced", {"delivery"}}, Needed{"kafka_errors", {"delivery"}}));

TEST(Judge, TakesTheTimeWithoutScrapesForOneReasonAndNotForTen) {
  Facts day = good_day();
  day.observed = 0.9;
  day.shares.add("pings", {.of_time = 0.9, .of_scrapes = 1});
  EXPECT_THAT(judge_one(instance_of(day)).reasons, ElementsAre(StartsWith("a: observed: ")));
  // Just enough of scrapes, and of those too few.
  day.observed = 0.9905;
  day.shares.add("pings", {.of_time = 0.989, .of_scrapes = 0.999});
  EXPECT_THAT(judge_one(instance_of(day)).reasons, ElementsAre(StartsWith("a: pings: ")));
}

TEST(Judge, TakesIdsThatARestartForgotForMissing) {
  Facts day = good_day();
  day.forgotten = 840;
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, Verdict::kRollback);
  EXPECT_THAT(judged.reasons[0], HasSubstr("840 of them are not known any more since a restart"));
}

struct Trip {
  char const* trigger;
  std::function<void(Facts&)> just_clear;
  std::function<void(Facts&)> just_fires;
};

void PrintTo(Trip const& trip, std::ostream* out) {
  *out << trip.trigger;
}

class Triggers : public testing::TestWithParam<Trip> {};

TEST_P(Triggers, AreClearJustBeforeTheirLimit) {
  Facts day = good_day();
  GetParam().just_clear(day);
  EXPECT_NE(judge_one(instance_of(day)).verdict, Verdict::kRollback);
}

TEST_P(Triggers, FireJustBeyondItAndComeFirstAmongTheReasons) {
  Facts day = good_day();
  GetParam().just_fires(day);
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, Verdict::kRollback);
  ASSERT_THAT(judged.reasons, Not(IsEmpty()));
  EXPECT_THAT(judged.reasons[0], StartsWith(std::string{"a: "} + GetParam().trigger + ": "));
  EXPECT_THAT(judged.reasons[0], HasSubstr("rollback at: "));
}

INSTANTIATE_TEST_SUITE_P(
    All, Triggers,
    testing::Values(
        Trip{"memory growth", [](Facts& f) { f.rss_rise = 100 * kMb; },
             [](Facts& f) { f.rss_rise = 100.1 * kMb; }},
        Trip{"uptime", [](Facts& f) { f.uptime = 0.95; }, [](Facts& f) { f.uptime = 0.9499; }},
        Trip{"critical alerts", [](Facts& f) { f.critical_alerts = 3; },
             [](Facts& f) { f.critical_alerts = 4; }},
        Trip{"integrity", [](Facts& f) { f.audit_complete = 1; },
             [](Facts& f) { f.audit_incomplete = 1; }},
        Trip{"integrity", [](Facts& f) { f.backfilled = 9'000; }, [](Facts& f) { f.doubled = 1; }},
        Trip{"integrity", [](Facts& f) { f.missing_most = 30; },
             [](Facts& f) { f.declared_at_end = 1; }},
        Trip{"TLS failures",
             [](Facts& f) {
               f.attempts = 20;
               f.tls_failures = 2;
             },
             [](Facts& f) {
               f.attempts = 20;
               f.tls_failures = 3;
             }},
        Trip{"TLS failures",
             [](Facts& f) {
               f.attempts = 9;
               f.tls_failures = 9;
             },
             [](Facts& f) {
               f.attempts = 10;
               f.tls_failures = 2;
             }}));

TEST(Judge, DoesNotApproveAMinuteThatNobodyAudited) {
  Facts day = good_day();
  day.audit_complete = 0;
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_THAT(judged.reasons, testing::Contains(HasSubstr("no minute was audited")));
}

TEST(Judge, KnowsATriggerOfWhichNothingWasMeasuredForUnknown) {
  Facts day = good_day();
  day.attempts.reset();
  auto const judged = judge_one(instance_of(day));
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_THAT(judged.reasons, ElementsAre(HasSubstr("TLS failures: not measured")));
}

TEST(Judge, NamesTheWorstDayOfAWeekThatIsGoodOnAverage) {
  InstanceFacts week = instance_of(good_day());
  week.days = {good_day(), good_day(kDaySeconds)};
  week.days[1].rate = 9;
  auto const judged = judge_one(week);
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_THAT(judged.reasons, ElementsAre(HasSubstr("9.0/s on average, p99 15.0/s on 1970-01-02")));
}

TEST(Judge, RollsBackForOneDayBelowTheUptimeThatEndsAWeek) {
  InstanceFacts week = instance_of(good_day());
  week.whole.uptime = 0.991;
  week.days = {good_day(), good_day(kDaySeconds)};
  week.days[1].uptime = 0.94;
  EXPECT_EQ(judge_one(week).verdict, Verdict::kRollback);
}

TEST(Judge, ExpectsNoPingOfATimeInWhichNothingWasConnected) {
  Facts day = good_day();
  day.live_s = kDaySeconds / 2;
  day.pings = 470;
  day.rotations = 6;
  EXPECT_EQ(judge_one(instance_of(day)).verdict, Verdict::kApproved);
}

TEST(Judge, TakesAReconnectForTheRotationThatItSaved) {
  Facts day = good_day();
  day.rotations = 5;
  day.reconnects = 5;
  EXPECT_EQ(judge_one(instance_of(day)).verdict, Verdict::kApproved);
}

TEST(Judge, AsksNothingOfAKafkaThatThereIsNot) {
  Facts day = good_day();
  day.kafka_lag_most_s.reset();
  InstanceFacts instance = instance_of(day);
  instance.kafka = false;
  EXPECT_EQ(judge_one(instance).verdict, Verdict::kApproved);
}

/// Returns a result that covers the whole day with all of its trades.
VerifyResult fitting(std::string name) {
  return {.name = std::move(name),
          .readable = true,
          .clean = true,
          .verdict = "CLEAN",
          .stored = 1'000,
          .outcome = "clean",
          .version = "1",
          .tapes = 2,
          .first_s = 0,
          .last_s = kDaySeconds};
}

Judgement judge_with(std::vector<VerifyResult> const& results) {
  return judge({instance_of(good_day())}, results, {}, {});
}

TEST(JudgeVerify, JoinsWhatVerifyFound) {
  VerifyResult const dirty{
      .name = "day2", .readable = true, .verdict = "3 missing", .outcome = "not_clean"};
  EXPECT_EQ(judge_with({fitting("day1")}).verdict, Verdict::kApproved);
  auto const rollback = judge_with({fitting("day1"), dirty});
  EXPECT_EQ(rollback.verdict, Verdict::kRollback);
  EXPECT_THAT(rollback.reasons, ElementsAre(HasSubstr("day2: 3 missing")));
  EXPECT_EQ(judge_with({fitting("day1"), {.name = "odd"}}).verdict, Verdict::kNotApproved);
}

TEST(JudgeVerify, TakesUnknownForNeitherGoodNorBad) {
  VerifyResult result = fitting("cut");
  result.clean = false;
  result.outcome = "unknown";
  result.verdict = "UNKNOWN: a cut file";
  auto const judged = judge_with({result});
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_THAT(judged.reasons, ElementsAre(HasSubstr("cut: UNKNOWN: a cut file")));
}

TEST(JudgeVerify, RollsBackForIdsInOpenGapsThatWereAccepted) {
  VerifyResult result = fitting("gaps");
  result.in_open_gaps = 840;
  EXPECT_EQ(judge_with({result}).verdict, Verdict::kRollback);
}

struct Misfit {
  char const* words;
  std::function<void(VerifyResult&)> change;
};

void PrintTo(Misfit const& misfit, std::ostream* out) {
  *out << misfit.words;
}

class Misfits : public testing::TestWithParam<Misfit> {};

TEST_P(Misfits, AreUnknown) {
  VerifyResult result = fitting("f");
  GetParam().change(result);
  auto const judged = judge_with({result});
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_THAT(judged.reasons, ElementsAre(HasSubstr(GetParam().words)));
}

INSTANTIATE_TEST_SUITE_P(
    All, Misfits,
    testing::Values(
        Misfit{"of other days",
               [](VerifyResult& r) {
                 r.first_s = 2 * kDaySeconds;
                 r.last_s = 3 * kDaySeconds;
               }},
        Misfit{"cover 98.9 % of the period",
               [](VerifyResult& r) { r.last_s = 0.989 * kDaySeconds; }},
        Misfit{"hold 900 trades where 1,000 were accepted",
               [](VerifyResult& r) { r.stored = 900; }},
        Misfit{"holds 90,000 trades where", [](VerifyResult& r) { r.stored = 90'000; }},
        Misfit{"does not say of which period", [](VerifyResult& r) { r.first_s.reset(); }},
        Misfit{"does not say of which period", [](VerifyResult& r) { r.version.clear(); }},
        Misfit{"does not say of which period", [](VerifyResult& r) { r.tapes = 0; }}));

TEST(JudgeVerify, TakesTheHalvesOfADayTogetherAndTheSameHalfOnce) {
  VerifyResult early = fitting("early");
  early.last_s = 43'200;
  early.stored = 500;
  VerifyResult late = early;
  late.first_s = 43'200;
  late.last_s = kDaySeconds;
  EXPECT_EQ(judge_with({early, late}).verdict, Verdict::kApproved);
  EXPECT_EQ(judge_with({early, early}).verdict, Verdict::kNotApproved);
  // A whole journal reaches further back than the period.
  VerifyResult all = fitting("all");
  all.first_s = -9 * kDaySeconds;
  all.stored = 10'000;
  EXPECT_EQ(judge_with({all}).verdict, Verdict::kApproved);
}

TEST(Judge, ApprovesNothingOfWhichNothingIsKnown) {
  EXPECT_EQ(judge({}, {}, {}, {}).verdict, Verdict::kNotApproved);
  auto const partial = judge({instance_of(good_day())}, {}, {"store b is down"}, {});
  EXPECT_EQ(partial.verdict, Verdict::kNotApproved);
  EXPECT_THAT(partial.reasons, ElementsAre(HasSubstr("store b is down")));
}

TEST(Judge, IsAsGoodAsTheWorstInstance) {
  InstanceFacts bad = instance_of(good_day());
  bad.name = "b";
  bad.whole.rss_rise = 200 * kMb;
  auto const judged = judge({instance_of(good_day()), bad}, {}, {}, {});
  EXPECT_EQ(judged.verdict, Verdict::kRollback);
  EXPECT_THAT(judged.reasons, testing::Each(StartsWith("b: ")));
}

TEST(Text, NeverRoundsUpToAllOfIt) {
  EXPECT_EQ(percent_text(0.999999, 3), "99.999 %");
  EXPECT_EQ(percent_text(1, 3), "100.000 %");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(seconds_text(0.0158), "15.8 ms");
  EXPECT_EQ(seconds_text(15'120), "4 h 12 min");
}

}  // namespace
}  // namespace k2::report
