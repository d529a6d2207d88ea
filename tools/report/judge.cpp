#include "tools/report/judge.hpp"

#include "tools/report/criteria.hpp"
#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace k2::report {
namespace {

/// Chosen: a shorter piece at the end of the period is no day to judge by itself.
constexpr double kJudgedSecondsMin = kDaySeconds / 2;
/// Criteria that must pass on every day, not only on average.
constexpr std::array<std::string_view, 7> kEveryDay{
    "memory", "rate", "rotations", "pings", "reconnects", "memory growth", "TLS failures"};
/// A trigger of any day.
constexpr std::string_view kUptime = "uptime";

/// The worst day takes the place of the period where it is worse.
void take_day(Criterion& whole, Criterion const& day, double at_s) {
  bool const worse =
      (day.outcome == Outcome::kFail && whole.outcome != Outcome::kFail) ||
      (day.outcome == Outcome::kUnknown && !day.partly && whole.outcome == Outcome::kPass);
  if (!worse) return;
  whole.outcome = day.outcome;
  whole.measured = fmt::format("{} on {}; {} in all", day.measured, day_text(at_s), whole.measured);
}

InstanceJudgement judge_instance(InstanceFacts const& instance, Limits const& limits) {
  InstanceJudgement judged{
      .name = instance.name,
      .criteria = criteria_of(instance, instance.whole, limits),
      .triggers = triggers_of(instance.whole, instance.critical_in_a_day, limits)};
  for (Facts const& day : instance.days) {
    if (day.span.seconds() < kJudgedSecondsMin) continue;
    auto const one = judge_day(instance, day, limits);
    for (std::size_t at = 0; at < one.criteria.size(); ++at) {
      if (std::ranges::find(kEveryDay, one.criteria[at].name) == kEveryDay.end()) continue;
      take_day(judged.criteria[at], one.criteria[at], day.span.from_s);
    }
    for (std::size_t at = 0; at < one.triggers.size(); ++at) {
      auto const& name = one.triggers[at].name;
      if (std::ranges::find(kEveryDay, name) == kEveryDay.end() && name != kUptime) continue;
      take_day(judged.triggers[at], one.triggers[at], day.span.from_s);
    }
  }
  return judged;
}

std::string reason(std::string const& instance, Criterion const& one, bool trigger) {
  return fmt::format("{}{}{}: {} ({}: {})", instance, instance.empty() ? "" : ": ", one.name,
                     one.measured, trigger ? "rollback at" : "required", one.limit);
}

}  // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kApproved:
      return "APPROVED";
    case Verdict::kNotApproved:
      return "NOT APPROVED";
    case Verdict::kRollback:
      return "ROLLBACK";
  }
  return "unknown";
}

InstanceJudgement judge_day(InstanceFacts const& instance, Facts const& day, Limits const& limits) {
  return {.name = instance.name,
          .criteria = criteria_of(instance, day, limits),
          .triggers = triggers_of(day, day.critical_alerts, limits)};
}

Judgement judge(std::vector<InstanceFacts> const& instances,
                std::vector<VerifyResult> const& verified, std::vector<std::string> const& warnings,
                Limits const& limits) {
  Judgement judged;
  judged.verify = judge_verify(instances, verified, limits);
  std::vector<std::string> rollback;
  std::vector<std::string> failed;
  auto const weigh = [](Criterion const& one, std::string why, std::vector<std::string>& to) {
    if (one.outcome == Outcome::kFail || one.outcome == Outcome::kUnknown) {
      to.push_back(std::move(why));
    }
  };
  for (InstanceFacts const& instance : instances) {
    auto const& one = judged.instances.emplace_back(judge_instance(instance, limits));
    for (Criterion const& trigger : one.triggers) {
      // An unknown trigger is no reason to roll back, and none to approve either.
      weigh(trigger, reason(one.name, trigger, true),
            trigger.outcome == Outcome::kFail ? rollback : failed);
    }
    for (Criterion const& criterion : one.criteria) {
      weigh(criterion, reason(one.name, criterion, false), failed);
    }
  }
  weigh(judged.verify, reason({}, judged.verify, false),
        judged.verify.outcome == Outcome::kFail ? rollback : failed);
  if (instances.empty()) {
    failed.emplace_back("no instance has any series in the period: nothing was measured");
  }
  for (std::string const& warning : warnings) {
    failed.push_back("the server's answer may be partial: " + warning);
  }
  judged.verdict = !rollback.empty() ? Verdict::kRollback
                   : failed.empty()  ? Verdict::kApproved
                                     : Verdict::kNotApproved;
  judged.reasons = std::move(rollback);
  judged.reasons.insert(judged.reasons.end(), failed.begin(), failed.end());
  return judged;
}

}  // namespace k2::report
