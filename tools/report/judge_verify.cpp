// Joined results of `k2 verify`: do they say something of these days and these trades?
#include "tools/report/judge.hpp"
#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::report {
namespace {

/// Chosen: a scrape a minute and the two clocks may differ by so much at each end.
constexpr double kCountTolerance = 0.05;

bool same(VerifyResult const& a, VerifyResult const& b) {
  return a.stored == b.stored && a.first_s == b.first_s && a.last_s == b.last_s &&
         a.tapes == b.tapes && a.against == b.against;
}

/// The share of the span that lies within the results' periods.
double covered(std::vector<VerifyResult> const& results, Span span) {
  std::vector<Span> periods;
  for (VerifyResult const& one : results) {
    periods.push_back({std::max(*one.first_s, span.from_s), std::min(*one.last_s, span.to_s)});
  }
  std::ranges::sort(periods, {}, &Span::from_s);
  double seconds = 0;
  double until = span.from_s;
  for (Span const& one : periods) {
    double const from = std::max(one.from_s, until);
    if (one.to_s <= from) continue;
    seconds += one.to_s - from;
    until = one.to_s;
  }
  return seconds / span.seconds();
}

/// Returns the number of trades that an instance accepted in a period, from its days.
double accepted_within(InstanceFacts const& instance, Span span) {
  double sum = 0;
  for (Facts const& day : instance.days) {
    double const shared =
        std::min(day.span.to_s, span.to_s) - std::max(day.span.from_s, span.from_s);
    if (shared > 0) sum += day.accepted.value_or(0) * shared / day.span.seconds();
  }
  return sum;
}

/// Returns the reason why the results do not fit the period; empty when they do.
std::string misfit(std::vector<InstanceFacts> const& instances,
                   std::vector<VerifyResult> const& results, Limits const& limits) {
  if (instances.empty()) return {};
  Span const span = instances.front().whole.span;
  double stored = 0;
  double least = 1e300;
  for (InstanceFacts const& one : instances) {
    if (!one.whole.accepted) return "the trades that were accepted in the period are not known";
    least = std::min(least, *one.whole.accepted);
  }
  for (VerifyResult const& one : results) {
    if (!one.first_s || !one.last_s || one.version.empty() || one.tapes == 0) {
      return one.name + ": it does not say of which period, tapes and version it is";
    }
    if (*one.last_s <= span.from_s || *one.first_s >= span.to_s) {
      return one.name + ": it is of other days";
    }
    stored += static_cast<double>(one.stored);
    // A result of the period alone cannot hold more than was accepted in its time.
    if (*one.first_s < span.from_s - kDaySeconds / 24 ||
        *one.last_s > span.to_s + kDaySeconds / 24) {
      continue;
    }
    double all = 0;
    for (InstanceFacts const& instance : instances) {
      all += accepted_within(instance, {*one.first_s, *one.last_s});
    }
    if (static_cast<double>(one.stored) > 1.5 * all + 1'000) {
      return fmt::format("{}: it holds {} trades where {} were accepted", one.name,
                         count_text(static_cast<double>(one.stored)), count_text(all));
    }
  }
  if (double const part = covered(results, span); part < limits.observed_min) {
    return fmt::format("the results cover {} of the period", percent_text(part, 1));
  }
  if (stored < (1 - kCountTolerance) * least) {
    return fmt::format("the results hold {} trades where {} were accepted in the period",
                       count_text(stored), count_text(least));
  }
  return {};
}

}  // namespace

Criterion judge_verify(std::vector<InstanceFacts> const& instances,
                       std::vector<VerifyResult> const& verified, Limits const& limits) {
  Criterion one{"verify", "every joined result is clean, and they are of this period",
                "none was joined (--verify)", Outcome::kNone};
  std::string words;
  std::vector<VerifyResult> clean;
  for (VerifyResult const& result : verified) {
    if (one.outcome == Outcome::kNone) one.outcome = Outcome::kPass;
    bool const unknown = !result.readable || (!result.clean && result.outcome == "unknown");
    if (unknown && one.outcome == Outcome::kPass) one.outcome = Outcome::kUnknown;
    if (result.readable && ((!result.clean && !unknown) || result.in_open_gaps > 0)) {
      one.outcome = Outcome::kFail;
    }
    words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", result.name,
                         result.readable ? result.verdict : "is no result of `k2 verify --json`");
    if (result.readable && result.in_open_gaps > 0) {
      words += fmt::format(" ({} ids in open gaps)",
                           count_text(static_cast<double>(result.in_open_gaps)));
    }
    bool const twice =
        std::ranges::any_of(clean, [&](VerifyResult const& other) { return same(result, other); });
    if (result.readable && result.clean && !twice) clean.push_back(result);
  }
  if (verified.empty()) return one;
  one.measured = words;
  if (one.outcome != Outcome::kPass) return one;
  if (auto const why = misfit(instances, clean, limits); !why.empty()) {
    one.outcome = Outcome::kUnknown;
    one.measured += "; " + why;
  }
  return one;
}

}  // namespace k2::report
