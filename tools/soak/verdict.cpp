#include "tools/soak/verdict.hpp"

#include "core/duration.hpp"
#include "tools/soak/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace k2::soak {
namespace {

constexpr double kRateMin = 10;
constexpr std::uint64_t kDropsPerDayMax = 10;
constexpr double kLeakScoreMax = 0.5;
constexpr double kDaySeconds = 24 * 3600;

/// Chosen: a tenth of the looks and pings may be off, on a machine that has other things to do. A
/// compressed run has less time for each: there a breath of the machine is minutes of the system.
double share_off(Plan const& plan) {
  return plan.compress > 1 ? 0.25 : 0.1;
}

double seconds_of(Span span) {
  return Seconds{span}.count();
}

Criterion no_crash(Record const& record) {
  StreamEnd const& end = record.end;
  std::string const code =
      end.exit_code ? fmt::format("exit code {}", *end.exit_code) : "exit code unknown (resumed)";
  return {.name = "no_crash",
          .meaning = "the stream runs until it is stopped, and then stops cleanly",
          .limit = "0 crashes, exit code 0",
          .measured = end.crashed ? "crashed: " + end.detail : code,
          .pass = !end.crashed && end.exit_code.value_or(0) == 0};
}

Criterion whole_time(Record const& record) {
  double const planned = seconds_of(record.setup.plan.run_duration());
  return {.name = "whole_time",
          .meaning = "the soak runs as long as planned",
          .limit = fmt::format(">= {:.0f} s", planned),
          .measured =
              fmt::format("{:.0f} s{}{}", record.elapsed_s,
                          record.stopped_early.empty() ? "" : "; stopped: ", record.stopped_early),
          .pass = record.stopped_early.empty() && record.elapsed_s >= planned - 1};
}

Criterion enough_samples(Record const& record) {
  auto const every = seconds_of(record.setup.plan.run().sample);
  auto const wanted = std::floor(record.elapsed_s / every * (1 - share_off(record.setup.plan)));
  auto const count = static_cast<double>(record.samples.size());
  return {.name = "samples",
          .meaning = "the looks that a verdict needs were had: what is missing is not assumed good",
          .limit = fmt::format(">= {:.0f}", wanted),
          .measured = fmt::format("{:.0f}", count),
          .pass = count >= wanted && count >= 2};
}

/// Describes memory per event: for a compressed run, where an hour means nothing.
std::string by_event(Record const& record, double growth_mb) {
  if (record.setup.plan.compress <= 1 || record.samples.empty()) return {};
  Sample const& last = record.samples.back();
  auto const events = last.rotated() + last.shutdowns() + last.drops() + last.pings;
  return fmt::format("; {:.1f} KB an event of {}",
                     1024 * growth_mb / std::max(1.0, static_cast<double>(events)), events);
}

std::vector<Criterion> memory_criteria(Record const& record) {
  Plan const& plan = record.setup.plan;
  MemoryFacts const memory = memory_facts(record);
  double const limit = growth_limit_mb(plan.duration);
  auto const over = format_duration(plan.duration);
  return {
      {.name = "memory_growth",
       .meaning = "resident memory at the end less that after the warm-up",
       .limit = fmt::format("< {:.0f} MB in {}", limit, over),
       .measured = fmt::format("{:+.2f} MB ({:.1f} to {:.1f}){}", memory.growth_mb, memory.first_mb,
                               memory.last_mb, by_event(record, memory.growth_mb)),
       .pass = memory.known && memory.growth_mb < limit,
       .unknown = !memory.known},
      {.name = "memory_slope",
       .meaning = "the same by a straight line through all samples after the warm-up",
       .limit = fmt::format("< {:.0f} MB in {}", limit, over),
       .measured = fmt::format("{:+.2f} MB ({:+.3f} MB/h, R2 {:.2f})", memory.slope_growth_mb,
                               memory.slope_mb_per_hour, memory.fit),
       .pass = memory.known && memory.slope_growth_mb < limit,
       .unknown = !memory.known},
      {.name = "memory_hard_limit",
       .meaning = "resident memory at its highest",
       .limit = fmt::format("< {:.0f} MB", kHardLimitMb),
       .measured = fmt::format("{:.1f} MB", memory.most_mb),
       .pass = memory.known && memory.most_mb < kHardLimitMb,
       .unknown = !memory.known},
      {.name = "leak_score",
       .meaning = plan.compress > 1 ? "per hour of the system's time, not of this run, at its "
                                      "highest after the warm-up"
                                    : "memory_leak_detection_score at its highest after the "
                                      "warm-up",
       .limit = fmt::format("< {}", kLeakScoreMax),
       .measured = fmt::format("{:.3f}", memory.leak_score),
       .pass = memory.known && memory.leak_score < kLeakScoreMax,
       .unknown = !memory.known}};
}

Criterion message_rate(Record const& record) {
  double rate = 0;
  if (record.samples.size() >= 2) {
    Sample const& first = record.samples.front();
    Sample const& last = record.samples.back();
    auto const count = static_cast<double>(last.received) - static_cast<double>(first.received);
    rate = count / std::max(last.elapsed_s - first.elapsed_s, 0.001);
  }
  return {.name = "message_rate",
          .meaning = "trades received a second, on average",
          .limit = fmt::format("> {:.0f} /s", kRateMin),
          .measured = fmt::format("{:.1f} /s", rate),
          .pass = rate > kRateMin};
}

/// The most drops in any day of the system's time.
std::uint64_t worst_day(Record const& record) {
  double const day_s = kDaySeconds / record.setup.plan.compress;
  std::uint64_t worst = 0;
  std::size_t from = 0;
  for (Sample const& sample : record.samples) {
    while (record.samples[from].elapsed_s < sample.elapsed_s - day_s) ++from;
    // A window that begins with the run counts what came before its first sample as well.
    std::uint64_t const before = from == 0 ? 0 : record.samples[from].drops();
    worst = std::max(worst, sample.drops() - std::min(before, sample.drops()));
  }
  return worst;
}

Criterion drops(Record const& record) {
  std::uint64_t const worst = worst_day(record);
  std::string reasons;
  if (!record.samples.empty()) {
    for (auto const& [reason, count] : record.samples.back().reconnects) {
      if (count > 0)
        reasons += fmt::format("{}{} {}", reasons.empty() ? "; " : ", ", count, reason);
    }
  }
  return {.name = "unplanned_drops",
          .meaning = "connections replaced since something was wrong, in the worst day",
          .limit = fmt::format("< {} a day", kDropsPerDayMax),
          .measured = fmt::format("{}{}", worst, reasons),
          .pass = worst < kDropsPerDayMax};
}

Criterion scheduled(std::string_view name, std::string_view meaning, Bounds bounds,
                    std::uint64_t measured, std::uint64_t places) {
  return {.name = name,
          .meaning = meaning,
          .limit = fmt::format("{} to {} on {} connection{}", bounds.least, bounds.most, places,
                               places == 1 ? "" : "s"),
          .measured = fmt::format("{} ({:.1f} each)", measured,
                                  static_cast<double>(measured) /
                                      static_cast<double>(std::max<std::uint64_t>(places, 1))),
          .pass = measured >= bounds.least && measured <= bounds.most};
}

/// Returns the time for which connections were open, in total: each sample holds until the next
/// one.
double connected_seconds(Record const& record) {
  double sum = 0;
  double from = 0;
  for (Sample const& sample : record.samples) {
    sum += static_cast<double>(sample.connections) * (sample.elapsed_s - from);
    from = sample.elapsed_s;
  }
  return sum;
}

/// Adds what is wrong and what is unknown in the results of `k2 verify` to the criterion.
void weigh_verified(Record const& record, Criterion& one, bool& wrong) {
  for (Verified const& verified : record.verified) {
    if (!verified.unknown && !verified.clean) wrong = true;
    if (verified.unknown) one.unknown = true;
    one.measured += (one.measured.empty() ? "" : "; ") + verified.verdict;
    // A gap that is open is missing, however it was judged.
    if (verified.open_gap_ids.value_or(0) > 0) {
      wrong = true;
      one.measured += fmt::format(" ({} ids in open gaps)", *verified.open_gap_ids);
    }
    if (verified.clean && !verified.open_gap_ids) {
      one.unknown = true;
      one.measured += " (its open gaps are not known)";
    }
  }
  if (!record.verified.empty()) return;
  one.unknown = true;
  one.measured = "not verified";
}

/// Judges the stream's own audit and the ids that it lacks.
void weigh_audit(Record const& record, Criterion& one, bool& wrong) {
  if (record.samples.empty()) {
    one.unknown = true;
    one.measured += "; the stream's audit was not read";
    return;
  }
  Sample const& last = record.samples.back();
  double const share = audited_share(record);
  one.measured += fmt::format(
      "; audit: {} minutes complete, {} incomplete, {} ids doubled; {} ids missing at the end",
      last.minutes_complete, last.minutes_incomplete, last.doubled_ids, last.missing_ids);
  if (last.minutes_incomplete + last.doubled_ids + last.missing_ids > 0) wrong = true;
  if (last.minutes_complete + last.minutes_incomplete == 0) {
    one.unknown = true;
    one.measured += "; no minute was audited";
  } else if (share < kAuditedShareMin) {
    one.unknown = true;
    one.measured +=
        fmt::format("; audited for {:.1f} % of the time", std::floor(1000 * share) / 10);
  }
}

Criterion integrity(Record const& record) {
  Criterion one{.name = "integrity",
                .meaning =
                    "an independent `k2 verify`, no id missing in an open gap, and the "
                    "stream's own audit of each minute",
                .limit = "0 errors",
                .measured = {}};
  bool wrong = false;
  weigh_verified(record, one, wrong);
  weigh_audit(record, one, wrong);
  one.pass = !wrong && !one.unknown;
  one.unknown = one.unknown && !wrong;
  return one;
}

}  // namespace

Outcome Verdict::outcome() const {
  if (std::ranges::any_of(criteria, [](auto const& one) { return !one.pass && !one.unknown; })) {
    return Outcome::kFail;
  }
  bool const all = !criteria.empty() && std::ranges::all_of(criteria, &Criterion::pass);
  return all ? Outcome::kPass : Outcome::kUnknown;
}

std::vector<std::string_view> Verdict::failed() const {
  std::vector<std::string_view> names;
  for (Criterion const& criterion : criteria) {
    if (!criterion.pass) names.push_back(criterion.name);
  }
  return names;
}

double growth_limit_mb(Span duration) {
  struct Step {
    std::chrono::hours from;
    double mb;
  };
  // What lies between two steps has the limit of the shorter one; a week that of a day: what is
  // flat does not grow with the days.
  constexpr std::array kSteps{Step{std::chrono::hours{24}, 50}, Step{std::chrono::hours{12}, 30},
                              Step{std::chrono::hours{2}, 20}};
  for (Step const& step : kSteps) {
    if (duration >= step.from) return step.mb;
  }
  return 10;
}

Bounds expected_rotations(Periods const& run, double elapsed_s, Sample const& last) {
  double const period = seconds_of(run.rotation);
  auto const places = static_cast<double>(std::max<std::uint64_t>(last.places, 1));
  auto const others = static_cast<double>(last.drops() + last.shutdowns());
  // The stream draws each age from nine tenths of the period on; a successor takes some seconds to
  // prove itself, so that the last one may fall behind the end.
  double const least = places * (std::floor(elapsed_s / period) - 1) - others;
  double const most = places * std::ceil(elapsed_s / (0.9 * period));
  return {.least = static_cast<std::uint64_t>(std::max(least, 0.0)),
          .most = static_cast<std::uint64_t>(most)};
}

Bounds expected_pings(Plan const& plan, double connected_s, Sample const& last) {
  auto const places = static_cast<double>(std::max<std::uint64_t>(last.places, 1));
  auto const replaced = static_cast<double>(last.rotated() + last.drops() + last.shutdowns());
  double const wanted = connected_s / seconds_of(plan.run().ping);
  double const off = share_off(plan);
  double const least = (1 - off) * wanted - places - replaced;
  double const most = (1 + off) * wanted + places + replaced;
  return {.least = static_cast<std::uint64_t>(std::max(std::floor(least), 0.0)),
          .most = static_cast<std::uint64_t>(std::ceil(most))};
}

double audited_share(Record const& record) {
  constexpr double kMinute = 60;
  constexpr double kDelay = 3 * kMinute;
  if (record.elapsed_s <= 0) return 0;
  double gaps = 0;
  double from = 0;
  std::uint64_t judged = 0;
  auto const close = [&](double at, std::uint64_t more) {
    gaps += std::max(0.0, at - from - kMinute * static_cast<double>(more) - kDelay);
    from = at;
  };
  for (Sample const& sample : record.samples) {
    auto const now = sample.minutes_complete + sample.minutes_incomplete;
    if (now <= judged) continue;
    close(sample.elapsed_s, now - judged);
    judged = now;
  }
  close(record.elapsed_s, 0);
  return judged == 0 ? 0 : 1 - gaps / record.elapsed_s;
}

std::string_view outcome_name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::kPass:
      return "PASS";
    case Outcome::kFail:
      return "FAIL";
    case Outcome::kUnknown:
      break;
  }
  return "UNKNOWN";
}

std::string_view outcome_name(Criterion const& criterion) noexcept {
  if (criterion.pass) return outcome_name(Outcome::kPass);
  return outcome_name(criterion.unknown ? Outcome::kUnknown : Outcome::kFail);
}

Verdict judge(Record const& record) {
  Verdict verdict{.criteria = {no_crash(record), whole_time(record), enough_samples(record)}};
  for (Criterion& one : memory_criteria(record)) verdict.criteria.push_back(std::move(one));
  verdict.criteria.push_back(message_rate(record));
  verdict.criteria.push_back(drops(record));
  Sample const last = record.samples.empty() ? Sample{} : record.samples.back();
  Periods const run = record.setup.plan.run();
  verdict.criteria.push_back(
      scheduled("rotations", "connections replaced for their age, as scheduled",
                expected_rotations(run, last.elapsed_s, last), last.rotated(), last.places));
  verdict.criteria.push_back(scheduled(
      "pings", "pings of our own, as scheduled",
      expected_pings(record.setup.plan, connected_seconds(record), last), last.pings, last.places));
  verdict.criteria.push_back(integrity(record));
  return verdict;
}

std::string reason_to_stop(Sample const& sample) {
  if (sample.rss_mb() >= kHardLimitMb) {
    return fmt::format("resident memory {:.1f} MB is over the hard limit of {:.0f} MB",
                       sample.rss_mb(), kHardLimitMb);
  }
  if (sample.minutes_incomplete > 0) {
    return "the audit found a minute in which a trade was lost";
  }
  if (sample.doubled_ids > 0) return "the audit found a trade that was accepted twice";
  return {};
}

}  // namespace k2::soak
