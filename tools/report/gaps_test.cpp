// A campaign by seed: a made-up week in which all is well, and random gaps in the samples of one of
// its series, or in the scrapes themselves. A criterion that was measured for less than 99 % of the
// week is never passed, and one that lacks little is.
#include "core/rng.hpp"
#include "tools/report/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace k2::report {
namespace {

/// A scrape each five minutes, so that a week is quickly judged.
constexpr double kStep = 300;
constexpr Span kWeek{0, 7 * kDaySeconds};
constexpr int kSeeds = 200;
constexpr double kMb = 1 << 20;

using Labels = std::map<std::string, std::string, std::less<>>;

/// A series of the week: its fact in the queries, the name under which its samples are counted.
struct Made {
  char const* fact;
  char const* counted;
  Labels labels;
  double per_day;
  double level;
};

/// Returns the series of two connections and two symbols at 20 trades per second.
std::vector<Made> made_series() {
  double const trades = 20 * kDaySeconds;
  return {{"rss", "rss", {}, 0, 30 * kMb},
          {"rate", "received", {}, 0, 20},
          {"lines", "lines", {}, 0, 2},
          {"lifetime_limit", "lifetime_limit", {}, 0, 4 * 3'600},
          {"rotations", "rotations", {{"reason", "rotation"}}, 12, 0},
          {"reconnects", "reconnects", {{"reason", "error"}}, 0, 0},
          {"attempts", "attempts", {}, 12, 0},
          {"errors", "errors", {{"error_type", "timeout"}}, 0, 0},
          {"pings", "pings", {}, 960, 0},
          {"symbols", "", {}, 0, 2},
          {"accepted", "accepted", {}, trades, 0},
          {"missing", "declared", {{"state", "declared"}}, 0, 0},
          {"audit", "complete", {{"result", "complete"}}, 2'880, 0},
          {"audit", "incomplete", {{"result", "incomplete"}}, 0, 0},
          {"doubled", "doubled", {}, 0, 0},
          {"kafka_produced", "kafka_produced", {}, trades, 0},
          {"kafka_errors", "kafka_errors", {}, 0, 0},
          {"kafka_lag", "kafka_lag", {}, 0, 1},
          {"rules", "", {}, 0, 0}};
}

Series series_of(Labels labels, double per_day, double level) {
  labels["instance"] = "a";
  Series series{.labels = std::move(labels), .samples = {}};
  for (double at = 0; at <= kWeek.to_s; at += kStep) {
    series.samples.push_back({at, level + per_day * at / kDaySeconds});
  }
  return series;
}

/// The server's own counts of the samples, day by day.
Series counts_of(Series const& series) {
  Series counts{.labels = {{"instance", "a"}}, .samples = {}};
  for (Span const day : days_of(kWeek)) {
    auto const count = std::ranges::count_if(
        series.samples, [day](Sample const& one) { return day.holds(one.at_s); });
    if (count > 0) counts.samples.push_back({day.to_s, static_cast<double>(count)});
    bool const odd =
        std::ranges::any_of(series.not_numbers, [day](double at_s) { return day.holds(at_s); });
    if (odd) counts.not_numbers.push_back(day.to_s);
  }
  return counts;
}

struct Week {
  Series up = series_of({}, 0, 1);
  Series status = series_of({}, 0, 1);
  Series start = series_of({}, 0, -1e6);
  std::vector<Made> made = made_series();
  std::vector<Series> series;

  Week() {
    for (Made const& one : made) series.push_back(series_of(one.labels, one.per_day, one.level));
  }
  [[nodiscard]] Judgement judged() const {
    Answers answers;
    answers.series["up"] = {up};
    answers.series["status"] = {status};
    answers.series["start"] = {start};
    for (std::size_t at = 0; at < made.size(); ++at) {
      answers.series[made[at].fact].push_back(series[at]);
      if (*made[at].counted == '\0') continue;
      answers.series[std::string{kCountPrefix} + made[at].counted] = {counts_of(series[at])};
    }
    return judge(measure(answers, kWeek), {}, {}, {});
  }
};

/// Takes samples out in random pieces until so large a part of them is missing.
void cut(Rng& rng, double part, Samples& samples) {
  auto const whole = static_cast<double>(samples.size());
  while (static_cast<double>(samples.size()) > whole * (1 - part)) {
    auto const left = static_cast<std::size_t>(
        std::ceil(static_cast<double>(samples.size()) - whole * (1 - part)));
    std::size_t const length = std::min(left, std::size_t{3} + rng.below(60));
    std::size_t const from = rng.below(samples.size() - length);
    auto const begin = samples.begin() + static_cast<std::ptrdiff_t>(from);
    samples.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
  }
}

bool has_count(Made const& made) {
  return *made.counted != '\0' || std::string_view{made.fact} == "rules";
}

TEST(ReportGaps, AWeekWithoutOneIsApproved) {
  auto const judged = Week{}.judged();
  EXPECT_EQ(judged.verdict, Verdict::kApproved) << testing::PrintToString(judged.reasons);
}

TEST(ReportGaps, NoSeriesMayBeMissingForMoreThanAHundredthOfAWeek) {
  int approved = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    Rng rng{static_cast<std::uint64_t>(seed)};
    Week week;
    std::size_t at = rng.below(week.series.size());
    while (!has_count(week.made[at])) at = rng.below(week.series.size());
    double const part = 0.012 + 0.4 * rng.unit() * rng.unit();
    cut(rng, part, week.series[at].samples);
    auto const judged = week.judged();
    if (judged.verdict == Verdict::kApproved) {
      ++approved;
      ADD_FAILURE() << "seed " << seed << ": " << week.made[at].fact << " lacks " << part;
    }
  }
  EXPECT_EQ(approved, 0);
}

TEST(ReportGaps, ASeriesThatLacksLittleIsNoReason) {
  for (int seed = 1; seed <= kSeeds / 4; ++seed) {
    Rng rng{static_cast<std::uint64_t>(seed)};
    Week week;
    std::size_t at = rng.below(week.series.size());
    while (!has_count(week.made[at])) at = rng.below(week.series.size());
    cut(rng, 0.004, week.series[at].samples);
    auto const judged = week.judged();
    EXPECT_EQ(judged.verdict, Verdict::kApproved)
        << "seed " << seed << ": " << week.made[at].fact << testing::PrintToString(judged.reasons);
  }
}

TEST(ReportGaps, ScrapesThatWereNotMadeAreNeverApproved) {
  for (int seed = 1; seed <= kSeeds / 4; ++seed) {
    Rng rng{static_cast<std::uint64_t>(seed)};
    Week week;
    cut(rng, 0.03 + 0.3 * rng.unit(), week.up.samples);
    EXPECT_NE(week.judged().verdict, Verdict::kApproved) << "seed " << seed;
  }
}

TEST(ReportGaps, ASampleThatIsNoNumberMakesItsDayUnknown) {
  for (std::size_t at = 0; at < made_series().size(); ++at) {
    Week week;
    if (*week.made[at].counted == '\0') continue;
    week.series[at].not_numbers.push_back(3.5 * kDaySeconds);
    EXPECT_EQ(week.judged().verdict, Verdict::kNotApproved) << week.made[at].counted;
  }
}

TEST(ReportGaps, TwoAuditedMinutesOfAWeekAreNotEnough) {
  Week week;
  for (std::size_t at = 0; at < week.made.size(); ++at) {
    if (std::string_view{week.made[at].counted} != "complete") continue;
    for (Sample& sample : week.series[at].samples) sample.value = sample.at_s > 600 ? 2 : 0;
  }
  EXPECT_EQ(week.judged().verdict, Verdict::kNotApproved);
}

TEST(ReportGaps, ARedeployThatLosesTheSinkIsNotApproved) {
  Week week;
  for (std::size_t at = 0; at < week.made.size(); ++at) {
    if (!std::string_view{week.made[at].fact}.starts_with("kafka_")) continue;
    week.series[at].samples.resize(week.series[at].samples.size() / 2);
  }
  auto const judged = week.judged();
  EXPECT_EQ(judged.verdict, Verdict::kNotApproved);
  EXPECT_TRUE(std::ranges::any_of(
      judged.reasons, [](std::string const& one) { return one.starts_with("a: delivery: "); }));
}

TEST(ReportGaps, AProcessThatIsRestartedEachTwoHoursHidesItsMemory) {
  Week week;
  for (Sample& sample : week.start.samples) {
    sample.value = std::floor(sample.at_s / 7'200) * 7'200;
  }
  auto const judged = week.judged();
  EXPECT_TRUE(std::ranges::any_of(judged.reasons, [](std::string const& one) {
    return one.starts_with("a: memory: ");
  })) << testing::PrintToString(judged.reasons);
}

}  // namespace
}  // namespace k2::report
