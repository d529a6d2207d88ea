// The verdict of a report: named criteria with limits, the triggers of a rollback, and what follows
// from them. A pure function of the facts; what is not known fails a criterion.
#pragma once

#include "tools/report/facts.hpp"
#include "tools/report/verify_result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::report {

/// Source: the release plan (docs/validation.md), where not chosen.
struct Limits {
  /// Chosen: what nobody looked at for a quarter of an hour a day cannot be signed. No criterion is
  /// passed that was measured for less of the period.
  double observed_min = 0.99;
  double uptime_min = 0.999;
  double uptime_rollback = 0.95;
  /// Units: MB (2^20 bytes) within 24 hours.
  double memory_rise_mb_max = 50;
  double memory_rise_mb_rollback = 100;
  /// Units: trades a second.
  double rate_min = 10;
  double reconnects_a_day_max = 10;
  /// Share of the number that is expected of each connection and day.
  double rotations_part_min = 0.9;
  double rotations_part_max = 1.25;
  double ping_interval_s = 180;
  double pings_part_min = 0.95;
  double pings_part_max = 1.1;
  double critical_alerts_rollback = 3;
  double tls_failures_rollback = 0.1;
  /// Chosen: with fewer attempts per day, a share is not meaningful.
  double attempts_min = 10;
  /// Source: the alert KafkaDeliveryLag.
  double kafka_lag_s_max = 60;
  /// Chosen: each costs a producer; a broker that restarts causes a few.
  double kafka_errors_a_day_max = 100;
  /// Chosen: of the accepted trades. Another process may have delivered some at a takeover.
  double kafka_delivered_min = 0.9;
};

enum class Outcome : std::uint8_t {
  kPass,
  kFail,
  /// It could not be measured, which is not good enough.
  kUnknown,
  /// There is nothing to measure.
  kNone,
};

struct Criterion {
  std::string name;
  std::string limit;
  std::string measured;
  Outcome outcome = Outcome::kUnknown;
  /// The share of the period in which it was measured.
  double share = 0;
  /// It would pass, but for the time in which it was not measured.
  bool partly = false;
};

enum class Verdict : std::uint8_t { kApproved, kNotApproved, kRollback };
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

struct InstanceJudgement {
  std::string name;
  /// All must pass for an approval.
  std::vector<Criterion> criteria;
  /// kFail means that it fired.
  std::vector<Criterion> triggers;
};

struct Judgement {
  Verdict verdict = Verdict::kNotApproved;
  /// The reasons why it is not approved, each naming instance and criterion; empty when it is.
  std::vector<std::string> reasons;
  std::vector<InstanceJudgement> instances;
  /// The criterion of the joined results of `k2 verify`; kNone when there are none.
  Criterion verify;
};

[[nodiscard]] Judgement judge(std::vector<InstanceFacts> const& instances,
                              std::vector<VerifyResult> const& verified,
                              std::vector<std::string> const& warnings, Limits const& limits);

/// Judges whether the results of `k2 verify` are clean and belong to these trades: all of the
/// period, and as many as the instances accepted in it.
[[nodiscard]] Criterion judge_verify(std::vector<InstanceFacts> const& instances,
                                     std::vector<VerifyResult> const& verified,
                                     Limits const& limits);

/// The criteria and triggers of one day alone.
[[nodiscard]] InstanceJudgement judge_day(InstanceFacts const& instance, Facts const& day,
                                          Limits const& limits);

}  // namespace k2::report
