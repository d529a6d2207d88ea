#include "tools/report/coverage.hpp"

#include <algorithm>

namespace k2::report {
namespace {

constexpr double kMinuteSeconds = 60;

/// The sample counts of one fact on one day, from its most complete series.
struct DayCount {
  double samples = 0;
  bool damaged = false;
};

DayCount count_of(std::vector<Series> const& all, std::string_view instance, Span day) {
  DayCount count;
  for (Series const& series : all) {
    if (series.label("instance") != instance) continue;
    for (Sample const& sample : series.samples) {
      if (sample.at_s == day.to_s) count.samples = std::max(count.samples, sample.value);
    }
    count.damaged = count.damaged ||
                    std::ranges::find(series.not_numbers, day.to_s) != series.not_numbers.end();
  }
  if (count.damaged) count.samples = 0;
  return count;
}

/// The scrapes of a day that were answered, and the share of its time for which they speak.
struct Answered {
  double scrapes = 0;
  double of_time = 0;
};

Answered answered_in(Samples const& up, Span day) {
  Answered answered{.scrapes = 0, .of_time = time_seen(up, day).well_s / day.seconds()};
  for (Sample const& sample : up) {
    if (day.holds(sample.at_s) && sample.value > 0) ++answered.scrapes;
  }
  return answered;
}

}  // namespace

Share Shares::least(std::initializer_list<std::string_view> facts) const {
  Share least{.of_time = 1, .of_scrapes = 1};
  for (std::string_view const fact : facts) {
    auto const found = shares_.find(fact);
    Share const one = found == shares_.end() ? Share{} : found->second;
    least.of_time = std::min(least.of_time, one.of_time);
    least.of_scrapes = std::min(least.of_scrapes, one.of_scrapes);
    least.damaged = least.damaged || one.damaged;
  }
  return least;
}

DailyShares shares_of(Answers const& answers, std::string_view instance, Samples const& up,
                      Span span) {
  DailyShares shares;
  std::map<std::string, Share> sums;
  double scrapes = 0;
  for (Span const day : days_of(span)) {
    Shares& of_day = shares.days.emplace_back();
    Answered const answered = answered_in(up, day);
    scrapes += answered.scrapes;
    for (auto const& [name, series] : answers.series) {
      if (!name.starts_with(kCountPrefix)) continue;
      auto const fact = name.substr(kCountPrefix.size());
      DayCount const count = count_of(series, instance, day);
      double const part =
          answered.scrapes > 0 ? std::min(1.0, count.samples / answered.scrapes) : 0;
      of_day.add(fact, {part * answered.of_time, part, count.damaged});
      Share& sum = sums[fact];
      sum.of_time += part * answered.of_time * day.seconds() / span.seconds();
      sum.of_scrapes += part * answered.scrapes;
      sum.damaged = sum.damaged || count.damaged;
    }
  }
  for (auto& [fact, sum] : sums) {
    sum.of_scrapes = scrapes > 0 ? sum.of_scrapes / scrapes : 0;
    shares.whole.add(fact, sum);
  }
  return shares;
}

Share audited(Samples const& judged, Samples const& symbols, Span span) {
  auto const minutes = sum_within(judged, span);
  auto const count = mean_within(symbols, span);
  if (!minutes || !count || *count <= 0) return {};
  double const part = *minutes * kMinuteSeconds / (*count * span.seconds());
  return {.of_time = std::min(1.0, part), .of_scrapes = std::min(1.0, part)};
}

}  // namespace k2::report
