#include "tools/report/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::report {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::SizeIs;

constexpr Span kDay{0, kDaySeconds};

/// A value each minute of a day.
Series steady(std::map<std::string, std::string, std::less<>> labels, double value) {
  Series series{.labels = std::move(labels), .samples = {}};
  for (double at = 0; at <= kDaySeconds; at += 60) series.samples.push_back({at, value});
  return series;
}

Series rising(std::map<std::string, std::string, std::less<>> labels, double per_minute) {
  Series series = steady(std::move(labels), 0);
  for (Sample& sample : series.samples) sample.value = per_minute * sample.at_s / 60;
  return series;
}

Answers of_one(std::string const& name) {
  Answers answers;
  std::map<std::string, std::string, std::less<>> const labels{{"instance", name}, {"job", "k2"}};
  answers.series["up"] = {steady(labels, 1)};
  answers.series["status"] = {steady(labels, 1)};
  answers.series["start"] = {steady(labels, -1e6)};
  answers.series["rules"] = {steady(labels, 0)};
  return answers;
}

TEST(Measure, KnowsOnlyWhatThereAreSeriesOf) {
  auto const facts = measure(of_one("a"), kDay);
  ASSERT_THAT(facts, SizeIs(1));
  EXPECT_EQ(facts[0].name, "a");
  EXPECT_THAT(facts[0].whole.uptime, Optional(DoubleEq(1)));
  EXPECT_DOUBLE_EQ(facts[0].whole.observed, 1);
  EXPECT_EQ(facts[0].whole.critical_alerts, 0);
  EXPECT_EQ(facts[0].whole.pings, std::nullopt);
  EXPECT_EQ(facts[0].whole.rss_rise, std::nullopt);
  EXPECT_EQ(facts[0].whole.tls_failures, std::nullopt);
  EXPECT_EQ(facts[0].whole.declared_at_end, std::nullopt);
  EXPECT_FALSE(facts[0].kafka);
}

TEST(Measure, DoesNotTakeRulesThatWereNotEvaluatedForCalm) {
  Answers answers = of_one("a");
  answers.series.erase("rules");
  EXPECT_EQ(measure(answers, kDay)[0].whole.critical_alerts, std::nullopt);
  EXPECT_EQ(measure(answers, kDay)[0].critical_in_a_day, std::nullopt);
}

TEST(Measure, CountsWhatDidNotAnswerAsDown) {
  Answers answers = of_one("a");
  auto& up = answers.series["up"][0].samples;
  auto& status = answers.series["status"][0].samples;
  for (std::size_t at = 0; at < 144; ++at) up[at].value = 0;
  status.erase(status.begin(), status.begin() + 144);
  EXPECT_THAT(measure(answers, kDay)[0].whole.uptime, Optional(DoubleEq(0.9)));
}

TEST(Measure, CountsWhatHasNoConnectionAsDown) {
  Answers answers = of_one("a");
  for (std::size_t at = 0; at < 720; ++at) answers.series["status"][0].samples[at].value = 0;
  EXPECT_THAT(measure(answers, kDay)[0].whole.uptime, Optional(DoubleEq(0.5)));
}

TEST(Measure, CountsATimeWithoutScrapesAsNeither) {
  Answers answers = of_one("a");
  for (char const* const fact : {"up", "status"}) {
    auto& samples = answers.series[fact][0].samples;
    samples.erase(samples.begin() + 100, samples.begin() + 820);
  }
  auto const facts = measure(answers, kDay);
  EXPECT_NEAR(facts[0].whole.observed, 0.5, 0.001);
  EXPECT_THAT(facts[0].whole.uptime, Optional(DoubleEq(1)));
}

TEST(Measure, AddsUpCountersByReasonAndOverall) {
  Answers answers = of_one("a");
  answers.series["reconnects"] = {rising({{"instance", "a"}, {"reason", "no_data"}}, 0.01),
                                  rising({{"instance", "a"}, {"reason", "error"}}, 0)};
  answers.series["attempts"] = {rising({{"instance", "a"}}, 0.1)};
  answers.series["errors"] = {rising({{"instance", "a"}, {"error_type", "tls_certificate"}}, 0.02),
                              rising({{"instance", "a"}, {"error_type", "timeout"}}, 0.05)};
  auto const whole = measure(answers, kDay)[0].whole;
  EXPECT_NEAR(*whole.reconnects, 14.4, 1e-6);
  EXPECT_THAT(whole.reconnects_by, ElementsAre(Pair("no_data", testing::DoubleNear(14.4, 1e-6))));
  EXPECT_NEAR(*whole.attempts, 144, 1e-6);
  EXPECT_NEAR(*whole.tls_failures, 28.8, 1e-6);
}

TEST(Measure, DoesNotTakeErrorsThatWereNotMeasuredForNone) {
  Answers answers = of_one("a");
  answers.series["attempts"] = {rising({{"instance", "a"}}, 0.1)};
  EXPECT_EQ(measure(answers, kDay)[0].whole.tls_failures, std::nullopt);
  answers.series["errors"] = {steady({{"instance", "a"}, {"error_type", "timeout"}}, 0)};
  EXPECT_EQ(measure(answers, kDay)[0].whole.tls_failures, 0);
}

TEST(Measure, TellsCompleteMinutesFromIncompleteOnes) {
  Answers answers = of_one("a");
  answers.series["audit"] = {rising({{"instance", "a"}, {"result", "complete"}}, 2),
                             rising({{"instance", "a"}, {"result", "incomplete"}}, 0)};
  auto const whole = measure(answers, kDay)[0].whole;
  EXPECT_THAT(whole.audit_complete, Optional(DoubleEq(2'880)));
  EXPECT_THAT(whole.audit_incomplete, Optional(DoubleEq(0)));
}

TEST(Measure, TakesAMinuteThatHealedForComplete) {
  Answers answers = of_one("a");
  answers.series["audit"] = {rising({{"instance", "a"}, {"result", "incomplete"}}, 3),
                             rising({{"instance", "a"}, {"result", "healed"}}, 2)};
  EXPECT_THAT(measure(answers, kDay)[0].whole.audit_incomplete, Optional(DoubleEq(1'440)));
}

TEST(Measure, CountsAnAlertOnceForAsLongAsItFires) {
  Answers answers = of_one("a");
  std::map<std::string, std::string, std::less<>> const labels{
      {"instance", "a"}, {"alertname", "K2Down"}, {"severity", "critical"}};
  answers.series["alerts"] = {
      {.labels = labels, .samples = {{600, 1}, {660, 1}, {720, 1}, {7'200, 1}}}};
  auto const facts = measure(answers, kDay)[0];
  EXPECT_EQ(facts.whole.critical_alerts, 2);
  EXPECT_EQ(facts.critical_in_a_day, 2);
  ASSERT_THAT(facts.firings, SizeIs(2));
  EXPECT_EQ(facts.firings[0].alert, "K2Down");
  EXPECT_EQ(facts.firings[0].lasted_s, 180);
}

TEST(Measure, KeepsInstancesApart) {
  Answers answers = of_one("a");
  for (auto const& [fact, series] : of_one("b").series) {
    answers.series[fact].push_back(series[0]);
  }
  answers.series["pings"] = {rising({{"instance", "b"}}, 1)};
  auto const facts = measure(answers, kDay);
  ASSERT_THAT(facts, SizeIs(2));
  EXPECT_EQ(facts[0].whole.pings, std::nullopt);
  EXPECT_THAT(facts[1].whole.pings, Optional(DoubleEq(1'440)));
}

TEST(Measure, SeesEachPongOnce) {
  Answers answers = of_one("a");
  Series at{.labels = {{"instance", "a"}},
            .samples = {{60, 0}, {120, 100}, {180, 100}, {240, 220}}};
  Series took{.labels = {{"instance", "a"}},
              .samples = {{60, 0}, {120, 0.08}, {180, 0.08}, {240, 0.1}}};
  answers.series["pong_at"] = {at};
  answers.series["round_trip"] = {took};
  auto const facts = measure(answers, kDay)[0];
  EXPECT_THAT(facts.plots.round_trips, ElementsAre(0.08, 0.1));
  EXPECT_THAT(facts.whole.pong_most, Optional(DoubleEq(0.1)));
}

TEST(Measure, RemembersIdsThatARestartForgot) {
  std::map<std::string, std::string, std::less<>> const declared{{"instance", "a"},
                                                                 {"state", "declared"}};
  Answers answers = of_one("a");
  answers.series["missing"] = {steady(declared, 0)};
  auto& start = answers.series["start"][0].samples;
  auto& missing = answers.series["missing"][0].samples;
  for (std::size_t at = 0; at < 720; ++at) missing[at].value = 840;
  EXPECT_EQ(measure(answers, kDay)[0].whole.forgotten, 0) << "it was repaired";
  for (std::size_t at = 720; at < start.size(); ++at) start[at].value = 43'000;
  EXPECT_EQ(measure(answers, kDay)[0].whole.forgotten, 840);
  answers.series["gap_changes"] = {rising({{"instance", "a"}, {"state", "repaired"}}, 0)};
  EXPECT_EQ(measure(answers, kDay)[0].whole.forgotten, 840);
  answers.series["gap_changes"][0].samples[720].value = 1;
  EXPECT_EQ(measure(answers, kDay)[0].whole.forgotten, 0) << "repaired by the new process";
}

TEST(Measure, GoesOnWithAProcessThatReplacedAnotherUnderTheSameName) {
  Answers answers = of_one("a");
  Series old = steady({{"instance", "a"}, {"pod", "x"}}, 5);
  Series young = steady({{"instance", "a"}, {"pod", "y"}}, 7);
  old.samples.resize(720);
  young.samples.erase(young.samples.begin(), young.samples.begin() + 720);
  answers.series["kafka_lag"] = {old, young};
  EXPECT_EQ(measure(answers, kDay)[0].whole.kafka_lag_most_s, 7);
}

TEST(Measure, FindsNoInstanceInNothing) {
  EXPECT_THAT(measure({}, kDay), IsEmpty());
}

}  // namespace
}  // namespace k2::report
