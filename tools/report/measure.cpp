#include "tools/report/facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace k2::report {
namespace {

/// Chosen: an alert that is gone for two looks of a minute, and comes again, has fired twice.
constexpr double kAlertApartSeconds = 150;
constexpr double kMinuteSeconds = 60;

/// The answers that concern one instance.
class Book {
 public:
  Book(Answers const& answers, std::string_view instance, Span span) : span_(span) {
    for (auto const& [fact, all] : answers.series) {
      for (Series const& series : all) {
        if (series.label("instance") == instance) series_[fact].push_back(&series);
      }
    }
    lives_ = Lives{first("start")};
    for (char const* const fact :
         {"rotations", "reconnects", "attempts", "errors", "pings", "pong_timeouts", "accepted",
          "backfilled", "late", "gap_changes", "audit", "doubled", "dead_letters", "kafka_produced",
          "kafka_errors"}) {
      for (Series const* series : all(fact)) {
        grown_[fact].push_back({series, growth(series->samples, lives_, span)});
      }
    }
    hours_ = memory_hours(first("rss"), lives_);
    note_state();
    auto const up = first("up");
    shares_ = shares_of(answers, instance, up.empty() ? first("status") : up, span);
  }

  [[nodiscard]] std::vector<Series const*> all(std::string_view fact) const {
    auto const found = series_.find(fact);
    return found == series_.end() ? std::vector<Series const*>{} : found->second;
  }
  /// The samples of a fact that has one series; that of a process which replaced another under the
  /// same name continues it.
  [[nodiscard]] Samples first(std::string_view fact) const { return merged(all(fact)); }
  /// Returns the growth of a counter, all its series together, or those with a label's value.
  [[nodiscard]] Measured grown(std::string_view fact, Span span, std::string_view label = {},
                               std::string_view value = {}) const {
    Measured sum;
    auto const found = grown_.find(fact);
    if (found == grown_.end()) return sum;
    for (auto const& [series, samples] : found->second) {
      if (!label.empty() && !series->label(label).starts_with(value)) continue;
      if (auto const one = sum_within(samples, span)) sum = sum.value_or(0) + *one;
    }
    return sum;
  }
  [[nodiscard]] By grown_by(std::string_view fact, Span span, std::string_view label) const {
    By by;
    auto const found = grown_.find(fact);
    if (found == grown_.end()) return by;
    for (auto const& [series, samples] : found->second) {
      double const one = sum_within(samples, span).value_or(0);
      if (one > 0) by[std::string{series->label(label)}] += one;
    }
    return by;
  }
  [[nodiscard]] Samples const& state() const noexcept { return state_; }
  [[nodiscard]] Lives const& lives() const noexcept { return lives_; }
  [[nodiscard]] std::vector<MemoryHour> const& hours() const noexcept { return hours_; }
  [[nodiscard]] Span span() const noexcept { return span_; }
  [[nodiscard]] Samples missing(std::string_view state) const {
    return merged(labelled("missing", "state", state));
  }
  [[nodiscard]] std::vector<Series const*> labelled(std::string_view fact, std::string_view label,
                                                    std::string_view value) const {
    auto those = all(fact);
    std::erase_if(those, [&](Series const* one) { return one->label(label) != value; });
    return those;
  }
  /// The growth of one counter with this label.
  [[nodiscard]] Samples growth_of(std::string_view fact, std::string_view label,
                                  std::string_view value) const {
    return growth(merged(labelled(fact, label, value)), lives_, span_);
  }
  /// Returns the measured shares of the period, or of one of its days.
  [[nodiscard]] Shares shares(Span span) const {
    auto const days = days_of(span_);
    auto const found = span == span_ ? days.end() : std::ranges::find(days, span);
    return found == days.end() ? shares_.whole
                               : shares_.days[static_cast<std::size_t>(found - days.begin())];
  }

 private:
  struct Grown {
    Series const* series;
    Samples samples;
  };

  /// 1 where the instance answered and was connected, 0 where it was not or did not answer. A
  /// scrape that answered without a status was no look.
  void note_state() {
    auto const up = first("up");
    auto const status = first("status");
    if (up.empty()) {
      state_ = status;
      return;
    }
    for (Sample const& one : up) {
      if (one.value == 0) {
        state_.push_back({one.at_s, 0});
        continue;
      }
      auto const same = std::ranges::lower_bound(status, one.at_s, {}, &Sample::at_s);
      if (same != status.end() && same->at_s == one.at_s) state_.push_back(*same);
    }
  }

  Span span_;
  std::map<std::string, std::vector<Series const*>, std::less<>> series_;
  std::map<std::string, std::vector<Grown>, std::less<>> grown_;
  Lives lives_;
  std::vector<MemoryHour> hours_;
  Samples state_;
  DailyShares shares_;
};

/// Declared gaps are kept in the journal, so that a new process knows them from its first look on,
/// unless it has repaired them meanwhile. What it does not know was lost with the journal.
double forgotten_ids(Book const& book, Span span) {
  auto const declared = book.missing("declared");
  auto changes = book.growth_of("gap_changes", "state", "repaired");
  for (char const* const state : {"venue", "elsewhere"}) {
    auto const more = book.growth_of("gap_changes", "state", state);
    changes.insert(changes.end(), more.begin(), more.end());
  }
  double forgotten = 0;
  for (std::size_t at = 1; at < declared.size(); ++at) {
    Sample const& before = declared[at - 1];
    Sample const& now = declared[at];
    bool const restarted = book.lives().start_at(now.at_s) != book.lives().start_at(before.at_s);
    if (!restarted || now.value >= before.value || !span.holds(now.at_s)) continue;
    if (sum_within(changes, {before.at_s, now.at_s}).value_or(0) > 0) continue;
    forgotten += before.value - now.value;
  }
  return forgotten;
}

/// The share of the span's hours that a rise of memory is measured by. Each life loses its first
/// hour and each span a broken one at its ends; one life a day is usual, more hide a rise.
double memory_hours_share(Book const& book, Span span) {
  constexpr double kHour = 3'600;
  auto const measured = std::ranges::count_if(
      book.hours(), [&](MemoryHour const& one) { return span.holds(one.at_s - kHour / 2); });
  double const days = std::ceil(span.seconds() / kDaySeconds);
  double const hours = span.seconds() / kHour;
  return std::clamp((static_cast<double>(measured) + 2 * days) / hours, 0.0, 1.0);
}

/// Returns the judged minutes: complete and incomplete ones of all symbols.
Samples judged_minutes(Book const& book) {
  auto judged = book.growth_of("audit", "result", "complete");
  auto const wrong = book.growth_of("audit", "result", "incomplete");
  judged.insert(judged.end(), wrong.begin(), wrong.end());
  std::ranges::sort(judged, {}, &Sample::at_s);
  return judged;
}

/// Returns the round trips of pings: once for each pong that a scrape showed as the newest.
Samples pongs_of(Book const& book) {
  auto const at = book.first("pong_at");
  auto const took = book.first("round_trip");
  Samples pongs;
  double last = 0;
  for (std::size_t one = 0; one < std::min(at.size(), took.size()); ++one) {
    if (at[one].value > 0 && at[one].value != last) pongs.push_back(took[one]);
    last = at[one].value;
  }
  return pongs;
}

void measure_lines(Book const& book, Span span, Facts& facts) {
  facts.rate = mean_within(book.first("rate"), span);
  facts.rate_p99 = quantile(values_within(book.first("rate"), span), 0.99);
  facts.lines = quantile(values_within(book.first("lines"), span), 0.5);
  facts.lifetime_limit_s = last_within(book.first("lifetime_limit"), span);
  facts.rotations = book.grown("rotations", span);
  facts.rotations_by = book.grown_by("rotations", span, "reason");
  facts.reconnects = book.grown("reconnects", span);
  facts.reconnects_by = book.grown_by("reconnects", span, "reason");
  facts.attempts = book.grown("attempts", span);
  facts.errors_by = book.grown_by("errors", span, "error_type");
  if (facts.attempts && book.grown("errors", span)) {
    facts.tls_failures = book.grown("errors", span, "error_type", "tls_").value_or(0);
  }
  facts.pings = book.grown("pings", span);
  facts.pong_timeouts = book.grown("pong_timeouts", span);
  auto const pongs = values_within(pongs_of(book), span);
  facts.pong_p50 = quantile(pongs, 0.5);
  facts.pong_p99 = quantile(pongs, 0.99);
  facts.pong_most = quantile(pongs, 1);
}

void measure_tape(Book const& book, Span span, Facts& facts) {
  facts.accepted = book.grown("accepted", span);
  facts.backfilled = book.grown("backfilled", span);
  facts.late = book.grown("late", span);
  facts.gap_changes = book.grown_by("gap_changes", span, "state");
  auto const hole = most_within(book.missing("hole"), span);
  auto const declared = most_within(book.missing("declared"), span);
  if (hole || declared) facts.missing_most = std::max(hole.value_or(0), declared.value_or(0));
  facts.declared_at_end = last_within(book.missing("declared"), span);
  facts.audit_complete = book.grown("audit", span, "result", "complete");
  facts.audit_incomplete = book.grown("audit", span, "result", "incomplete");
  // Minutes that an earlier day lacked may heal on this one.
  if (facts.audit_incomplete) {
    double const healed = book.grown("audit", span, "result", "healed").value_or(0);
    facts.audit_incomplete = std::max(0.0, *facts.audit_incomplete - healed);
  }
  facts.doubled = book.grown("doubled", span);
  facts.dead_letters = book.grown("dead_letters", span);
  facts.kafka_produced = book.grown("kafka_produced", span);
  facts.kafka_errors = book.grown("kafka_errors", span);
  facts.kafka_lag_most_s = most_within(book.first("kafka_lag"), span);
}

/// The value that a query gave for a moment.
void measure_stages(Book const& book, std::string_view p50, std::string_view p99, double at_s,
                    Facts& facts) {
  auto const take = [&](std::string_view fact, Measured StageLatency::* side) {
    for (Series const* series : book.all(fact)) {
      for (Sample const& sample : series->samples) {
        if (sample.at_s == at_s) {
          facts.stages[std::string{series->label("stage")}].*side = sample.value;
        }
      }
    }
  };
  take(p50, &StageLatency::p50);
  take(p99, &StageLatency::p99);
}

Facts measure_span(Book const& book, std::vector<Firing> const& firings, Span span) {
  Facts facts;
  facts.span = span;
  Seen const seen = time_seen(book.state(), span);
  facts.observed = seen.observed_s / span.seconds();
  if (seen.observed_s > 0) facts.uptime = seen.well_s / seen.observed_s;
  facts.live_s = seen.well_s;
  facts.restarts = book.lives().restarts(span);
  facts.rss_most = most_within(book.first("rss"), span);
  facts.rss_rise = memory_rise(book.hours(), span);
  facts.rss_slope_a_day = memory_slope(book.hours(), span);
  facts.leak_score = most_within(book.first("leak_score"), span);
  measure_lines(book, span, facts);
  measure_tape(book, span, facts);
  facts.shares = book.shares(span);
  Share audit = audited(judged_minutes(book), book.first("symbols"), span);
  // While nothing is connected there is nothing to audit: that is a matter of `uptime`.
  if (facts.live_s > 0) {
    audit.of_scrapes = std::min(1.0, audit.of_time * span.seconds() / facts.live_s);
  }
  facts.shares.add("audit", audit);
  double const hours = memory_hours_share(book, span);
  facts.shares.add("memory_hours", {.of_time = hours, .of_scrapes = hours});
  double const rules = time_seen(book.first("rules"), span).observed_s / span.seconds();
  facts.shares.add("rules", {.of_time = rules, .of_scrapes = rules});
  facts.forgotten = forgotten_ids(book, span);
  if (last_within(book.first("rules"), span)) {
    auto const count = [&](std::string_view severity) {
      return static_cast<double>(std::ranges::count_if(firings, [&](Firing const& one) {
        return one.severity == severity && span.holds(one.at_s);
      }));
    };
    facts.critical_alerts = count("critical");
    facts.warning_alerts = count("warning");
  }
  return facts;
}

std::vector<Firing> firings_of(Book const& book) {
  std::vector<Firing> firings;
  for (Series const* series : book.all("alerts")) {
    for (double const begin : run_begins(series->samples, kAlertApartSeconds)) {
      double last = begin;
      for (Sample const& sample : series->samples) {
        if (sample.at_s >= begin && sample.at_s - last <= kAlertApartSeconds) last = sample.at_s;
      }
      // One that fires as the period begins belongs to it.
      firings.push_back({std::max(begin, book.span().from_s + 1),
                         std::string{series->label("alertname")},
                         std::string{series->label("severity")}, last - begin + kMinuteSeconds});
    }
  }
  std::ranges::sort(firings, {}, &Firing::at_s);
  return firings;
}

Plots plots_of(Book const& book) {
  Plots plots;
  plots.rss = book.first("rss");
  plots.rate = book.first("rate");
  plots.missing_hole = book.missing("hole");
  plots.missing_declared = book.missing("declared");
  for (Series const* series : book.all("backfilled")) {
    plots.backfilled = growth(series->samples, book.lives(), book.span());
  }
  for (Series const* series : book.all("lifetime")) {
    auto const lifetimes = lifetimes_of(series->samples, book.span());
    plots.lifetimes.insert(plots.lifetimes.end(), lifetimes.begin(), lifetimes.end());
  }
  plots.round_trips = values_within(pongs_of(book), book.span());
  return plots;
}

InstanceFacts measure_instance(Answers const& answers, std::string const& name, Span span) {
  Book const book{answers, name, span};
  InstanceFacts facts;
  facts.name = name;
  for (Series const* build : book.all("build")) {
    facts.versions.emplace_back(build->label("version"));
  }
  facts.kafka = !book.all("kafka_produced").empty();
  facts.firings = firings_of(book);
  facts.whole = measure_span(book, facts.firings, span);
  measure_stages(book, "stage_p50_period", "stage_p99_period", span.to_s, facts.whole);
  for (Span const day : days_of(span)) {
    Facts& one = facts.days.emplace_back(measure_span(book, facts.firings, day));
    measure_stages(book, "stage_p50", "stage_p99", day.to_s, one);
  }
  if (facts.whole.critical_alerts) {
    std::vector<double> instants;
    for (Firing const& firing : facts.firings) {
      if (firing.severity == "critical") instants.push_back(firing.at_s);
    }
    facts.critical_in_a_day = static_cast<double>(most_in_a_day(instants));
  }
  facts.plots = plots_of(book);
  return facts;
}

}  // namespace

std::vector<InstanceFacts> measure(Answers const& answers, Span span) {
  std::set<std::string> names;
  for (auto const& [fact, all] : answers.series) {
    // Series of alerts, rules and sample counts do not name an instance.
    if (fact == "alerts" || fact == "rules" || fact.starts_with(kCountPrefix)) continue;
    for (Series const& series : all) {
      if (!series.samples.empty()) names.emplace(series.label("instance"));
    }
  }
  std::vector<InstanceFacts> facts;
  for (std::string const& name : names) facts.push_back(measure_instance(answers, name, span));
  return facts;
}

}  // namespace k2::report
