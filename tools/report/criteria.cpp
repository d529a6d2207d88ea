#include "tools/report/criteria.hpp"

#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace k2::report {
namespace {

constexpr double kMb = 1 << 20;
constexpr char const* kNotMeasured = "not measured";
/// The facts that determine the integrity of the tape.
constexpr std::initializer_list<std::string_view> kIntegrityFacts{"declared", "complete",
                                                                  "incomplete", "doubled", "audit"};

Outcome passes(bool good) {
  return good ? Outcome::kPass : Outcome::kFail;
}

Criterion unknown(std::string name, std::string limit) {
  return {std::move(name), std::move(limit), kNotMeasured, Outcome::kUnknown};
}

/// Passes only when these facts were measured for long enough. What the whole instance was not
/// scraped or not up is a reason already, by `observed` and `uptime`, and not one of each
/// criterion.
Criterion measured_for(Criterion one, Facts const& facts, Limits const& limits,
                       std::initializer_list<std::string_view> names) {
  Share const share = facts.shares.least(names);
  one.share = share.of_time;
  bool const whole_is_short =
      facts.observed < limits.observed_min || facts.uptime.value_or(0) <= limits.uptime_min;
  bool const enough = share.of_time >= limits.observed_min ||
                      (whole_is_short && share.of_scrapes >= limits.observed_min);
  if (one.outcome != Outcome::kPass || enough) return one;
  one.outcome = Outcome::kUnknown;
  one.partly = true;
  one.measured += fmt::format("; measured for only {} of the time{}", percent_text(one.share, 1),
                              share.damaged ? ", with samples that are no numbers" : "");
  return one;
}

Criterion observed(Facts const& facts, Limits const& limits) {
  return {"observed", fmt::format("at least {}", percent_text(limits.observed_min, 0)),
          percent_text(facts.observed) + " of the time",
          passes(facts.observed >= limits.observed_min), facts.observed};
}

Criterion uptime(Facts const& facts, Limits const& limits) {
  auto const limit = "more than " + percent_text(limits.uptime_min, 1);
  if (!facts.uptime) return unknown("uptime", limit);
  return {"uptime", limit, percent_text(*facts.uptime, 3),
          passes(*facts.uptime > limits.uptime_min), facts.observed};
}

Criterion memory(Facts const& facts, double mb_max) {
  auto const limit = fmt::format("grows less than {:.0f} MB in 24 h", mb_max);
  if (!facts.rss_rise) return unknown("memory", limit);
  return {"memory", limit,
          fmt::format("{}{} in 24 h, {} at most", *facts.rss_rise < 0 ? "" : "+",
                      mb_text(*facts.rss_rise), mb_text(facts.rss_most.value_or(0))),
          passes(*facts.rss_rise < mb_max * kMb)};
}

Criterion rate(Facts const& facts, Limits const& limits) {
  auto const limit = fmt::format("more than {:.0f}/s on average", limits.rate_min);
  if (!facts.rate) return unknown("rate", limit);
  return {"rate", limit,
          fmt::format("{:.1f}/s on average, p99 {:.1f}/s", *facts.rate,
                      facts.rate_p99.value_or(*facts.rate)),
          passes(*facts.rate > limits.rate_min)};
}

double days_in(Facts const& facts) {
  return facts.span.seconds() / kDaySeconds;
}

/// The expected number per connection and day: at least for the time that it was open, at most for
/// all the time, and one more or less because of the ends of a stretch.
struct Expected {
  double low = 0;
  double high = 0;
};
Expected expected(Facts const& facts, double a_day, double part_min, double part_max) {
  double const lines = *facts.lines;
  double const live_days = facts.live_s / kDaySeconds;
  return {lines * (a_day * live_days * part_min - 1),
          lines * (a_day * days_in(facts) * part_max + 1)};
}

Criterion rotations(Facts const& facts, Limits const& limits) {
  if (!facts.lines || !facts.lifetime_limit_s || !facts.rotations || !facts.reconnects ||
      *facts.lines <= 0 || *facts.lifetime_limit_s <= 0) {
    return unknown("rotations", "as scheduled");
  }
  double const a_day = kDaySeconds / *facts.lifetime_limit_s;
  auto const range = expected(facts, a_day, limits.rotations_part_min, limits.rotations_part_max);
  // Whatever replaces a connection begins its age anew.
  bool const good =
      *facts.rotations + *facts.reconnects >= range.low && *facts.rotations <= range.high;
  return {"rotations", fmt::format("{:.3g} a connection and day, as scheduled", a_day),
          fmt::format("{:.2f} a connection and day, {} of {:.0f} connections",
                      *facts.rotations / *facts.lines / days_in(facts),
                      count_text(*facts.rotations), *facts.lines),
          passes(good)};
}

Criterion pings(Facts const& facts, Limits const& limits) {
  double const a_day = kDaySeconds / limits.ping_interval_s;
  auto const limit = fmt::format("{:.0f} a connection and day, as scheduled", a_day);
  if (!facts.lines || !facts.pings || *facts.lines <= 0) return unknown("pings", limit);
  auto const range = expected(facts, a_day, limits.pings_part_min, limits.pings_part_max);
  return {"pings", limit,
          fmt::format("{:.1f} a connection and day, {} without an answer",
                      *facts.pings / *facts.lines / days_in(facts),
                      maybe(facts.pong_timeouts, count_text)),
          passes(*facts.pings >= range.low && *facts.pings <= range.high)};
}

Criterion reconnects(Facts const& facts, Limits const& limits) {
  auto const limit = fmt::format("fewer than {:.0f} a day unplanned", limits.reconnects_a_day_max);
  if (!facts.reconnects) return unknown("reconnects", limit);
  return {"reconnects", limit,
          fmt::format("{}, {:.1f} a day", count_text(*facts.reconnects),
                      *facts.reconnects / days_in(facts)),
          passes(*facts.reconnects < limits.reconnects_a_day_max * days_in(facts))};
}

Criterion alerts(Facts const& facts) {
  if (!facts.critical_alerts) {
    auto none = unknown("alerts", "none critical");
    none.measured = "the rules were not evaluated";
    return none;
  }
  return {"alerts", "none critical",
          fmt::format("{} critical, {} warnings", count_text(*facts.critical_alerts),
                      count_text(facts.warning_alerts.value_or(0))),
          passes(*facts.critical_alerts == 0)};
}

Criterion integrity(Facts const& facts) {
  Criterion one = unknown("integrity", "no issue");
  double const incomplete = facts.audit_incomplete.value_or(0);
  double const doubled = facts.doubled.value_or(0);
  double const missing = facts.declared_at_end.value_or(0) + facts.forgotten;
  if (incomplete + doubled + missing > 0) {
    one.measured = fmt::format("{} minutes incomplete, {} ids twice, {} ids missing at the end",
                               count_text(incomplete), count_text(doubled), count_text(missing));
    if (facts.forgotten > 0) {
      one.measured += fmt::format("; {} of them are not known any more since a restart",
                                  count_text(facts.forgotten));
    }
    one.outcome = Outcome::kFail;
    return one;
  }
  if (!facts.audit_incomplete || !facts.doubled || !facts.declared_at_end) return one;
  if (facts.audit_complete.value_or(0) <= 0) {
    one.measured = "no minute was audited";
    return one;
  }
  one.measured = fmt::format("{} minutes complete, none incomplete, no id twice, none missing",
                             count_text(*facts.audit_complete));
  one.outcome = Outcome::kPass;
  return one;
}

Criterion delivery(InstanceFacts const& instance, Facts const& facts, Limits const& limits) {
  auto const limit = fmt::format(
      "less than {:.0f} s behind in Kafka, at least {} delivered, {:.0f} errors a day at most",
      limits.kafka_lag_s_max, percent_text(limits.kafka_delivered_min, 0),
      limits.kafka_errors_a_day_max);
  if (!instance.kafka) {
    return {"delivery", limit, "no Kafka was measured: trades end in the journal", Outcome::kNone};
  }
  if (!facts.kafka_lag_most_s || !facts.kafka_produced || !facts.kafka_errors || !facts.accepted) {
    return unknown("delivery", limit);
  }
  bool const delivered = *facts.kafka_produced >= limits.kafka_delivered_min * *facts.accepted;
  bool const calm = *facts.kafka_errors <= limits.kafka_errors_a_day_max * days_in(facts);
  return {"delivery", limit,
          fmt::format("{} at most, {} delivered of {} accepted, {} errors",
                      seconds_text(*facts.kafka_lag_most_s), count_text(*facts.kafka_produced),
                      count_text(*facts.accepted), count_text(*facts.kafka_errors)),
          passes(*facts.kafka_lag_most_s < limits.kafka_lag_s_max && delivered && calm)};
}

Criterion tls(Facts const& facts, Limits const& limits) {
  auto const limit =
      fmt::format("more than {} of the attempts", percent_text(limits.tls_failures_rollback, 0));
  if (!facts.attempts || !facts.tls_failures) return unknown("TLS failures", limit);
  if (*facts.attempts < limits.attempts_min) {
    return {"TLS failures", limit,
            fmt::format("{} of only {} attempts", count_text(*facts.tls_failures),
                        count_text(*facts.attempts)),
            Outcome::kPass};
  }
  double const part = *facts.tls_failures / *facts.attempts;
  return {"TLS failures", limit,
          fmt::format("{} of {} attempts, {}", count_text(*facts.tls_failures),
                      count_text(*facts.attempts), percent_text(part, 1)),
          passes(part <= limits.tls_failures_rollback)};
}

}  // namespace

std::vector<Criterion> criteria_of(InstanceFacts const& instance, Facts const& facts,
                                   Limits const& limits) {
  auto const held = [&](Criterion one, std::initializer_list<std::string_view> names) {
    return measured_for(std::move(one), facts, limits, names);
  };
  return {observed(facts, limits),
          uptime(facts, limits),
          held(memory(facts, limits.memory_rise_mb_max), {"rss", "memory_hours"}),
          held(rate(facts, limits), {"received"}),
          held(rotations(facts, limits), {"lines", "lifetime_limit", "rotations", "reconnects"}),
          held(pings(facts, limits), {"lines", "pings"}),
          held(reconnects(facts, limits), {"reconnects"}),
          held(alerts(facts), {"rules"}),
          held(integrity(facts), kIntegrityFacts),
          held(delivery(instance, facts, limits),
               {"kafka_lag", "kafka_produced", "kafka_errors", "accepted"})};
}

std::vector<Criterion> triggers_of(Facts const& facts, Measured critical_in_a_day,
                                   Limits const& limits) {
  Criterion growth = memory(facts, limits.memory_rise_mb_rollback);
  growth.name = "memory growth";
  growth.limit = fmt::format("more than {:.0f} MB in 24 h", limits.memory_rise_mb_rollback);
  if (facts.rss_rise) {
    growth.outcome = passes(*facts.rss_rise <= limits.memory_rise_mb_rollback * kMb);
  }
  growth = measured_for(std::move(growth), facts, limits, {"rss", "memory_hours"});

  Criterion down = uptime(facts, limits);
  down.limit = "less than " + percent_text(limits.uptime_rollback, 0);
  if (facts.uptime) down.outcome = passes(*facts.uptime >= limits.uptime_rollback);

  Criterion alarms = unknown(
      "critical alerts", fmt::format("more than {:.0f} in 24 h", limits.critical_alerts_rollback));
  if (critical_in_a_day) {
    alarms.measured = count_text(*critical_in_a_day) + " in 24 h";
    alarms.outcome = passes(*critical_in_a_day <= limits.critical_alerts_rollback);
  }
  alarms = measured_for(std::move(alarms), facts, limits, {"rules"});

  Criterion issues = measured_for(integrity(facts), facts, limits, kIntegrityFacts);
  issues.limit = "any issue";
  return {growth, down, alarms, issues,
          measured_for(tls(facts, limits), facts, limits, {"attempts", "errors"})};
}

}  // namespace k2::report
