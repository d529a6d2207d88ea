// The facts of a report about each instance, measured from a server's answers: day by day and for
// the whole period. A value that was not measured is empty, never zero. Pure.
#pragma once

#include "tools/report/coverage.hpp"
#include "tools/report/queries.hpp"
#include "tools/report/series.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace k2::report {

using Measured = std::optional<double>;
/// Values by label; series that are all zero are left out.
using By = std::map<std::string, double>;

struct StageLatency {
  /// Units: seconds.
  Measured p50;
  Measured p99;
};

/// The facts of one instance in one stretch of time.
struct Facts {
  Span span;
  /// The part of the time in which somebody looked, and the part of that in which every stream had
  /// a live connection.
  double observed = 0;
  Measured uptime;
  double live_s = 0;
  std::size_t restarts = 0;
  /// Units: bytes.
  Measured rss_most;
  Measured rss_rise;
  Measured rss_slope_a_day;
  Measured leak_score;
  /// Units: trades a second.
  Measured rate;
  Measured rate_p99;
  /// Connections that should be open, and the age at which each is replaced.
  Measured lines;
  Measured lifetime_limit_s;
  Measured rotations;
  Measured reconnects;
  By rotations_by;
  By reconnects_by;
  Measured attempts;
  Measured tls_failures;
  By errors_by;
  Measured pings;
  Measured pong_timeouts;
  /// Units: seconds.
  Measured pong_p50;
  Measured pong_p99;
  Measured pong_most;
  std::map<std::string, StageLatency> stages;
  Measured accepted;
  Measured backfilled;
  Measured late;
  /// Maximum of ids missing at the same time; declared ones at the end.
  Measured missing_most;
  Measured declared_at_end;
  By gap_changes;
  Measured audit_complete;
  Measured audit_incomplete;
  Measured doubled;
  Measured dead_letters;
  Measured kafka_produced;
  Measured kafka_errors;
  Measured kafka_lag_most_s;
  /// Alerts that began to fire; nothing when the rules were not evaluated.
  Measured critical_alerts;
  Measured warning_alerts;
  /// The shares of the span in which each fact was measured; "rules" and "audit" among them.
  Shares shares;
  /// Ids that were missing before a restart and that nobody knows of since: the journal was lost.
  double forgotten = 0;
};

struct Firing {
  double at_s = 0;
  std::string alert;
  std::string severity;
  /// Time for which it fired within the period.
  double lasted_s = 0;
};

/// An instance's lines for the plots, and what is drawn of it.
struct Plots {
  Samples rss;
  Samples rate;
  Samples missing_hole;
  Samples missing_declared;
  Samples backfilled;
  std::vector<double> lifetimes;
  std::vector<double> round_trips;
};

struct InstanceFacts {
  std::string name;
  /// Versions that ran, oldest first.
  std::vector<std::string> versions;
  bool kafka = false;
  Facts whole;
  std::vector<Facts> days;
  std::vector<Firing> firings;
  /// The most critical alerts within 24 hours; nothing when the rules were not evaluated.
  Measured critical_in_a_day;
  Plots plots;
};

/// One for each instance that has any series.
[[nodiscard]] std::vector<InstanceFacts> measure(Answers const& answers, Span span);

}  // namespace k2::report
