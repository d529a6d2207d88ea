#include "tools/deploy/plan.hpp"

#include "core/assert.hpp"
#include "core/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::deploy {
namespace {

using std::chrono::microseconds;

template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};

UtcTime after(UtcTime time, Span span) {
  return time + std::chrono::ceil<microseconds>(span);
}

std::string seconds_since(UtcTime then, UtcTime now) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>{now - then}.count());
}

std::string why_not(SideStatus const& seen) {
  if (!seen.probe) return seen.trouble;
  return probe_text(*seen.probe);
}

std::string proofs_text(std::vector<Proof> const& proofs, bool clean) {
  std::string text;
  for (Proof const& proof : proofs) {
    if (!clean && proof.clean) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", proof.what, proof.verdict);
  }
  return text;
}

bool all_clean(std::vector<Proof> const& proofs) {
  return !proofs.empty() && std::ranges::all_of(proofs, &Proof::clean);
}

}  // namespace

Plan::Plan(Settings settings, Progress progress)
    : settings_(std::move(settings)), progress_(std::move(progress)) {}

Work Plan::on(Event const& event, UtcTime now) {
  return std::visit(
      Overload{[&](Entered const&) {
                 if (progress_.began == UtcTime{}) progress_.began = progress_.entered = now;
                 return work(now);
               },
               [&](Prepared const& one) { return on_prepared(one, now); },
               [&](Started const& one) { return on_started(one, now); },
               [&](Stopped const& one) { return on_stopped(one, now); },
               [&](Probed const& one) { return on_probed(one, now); },
               [&](Proven const& one) { return on_proven(one, now); },
               [&](RollbackAsked const&) {
                 if (progress_.state == State::kPreparing) {
                   return finish(State::kRefused, now, "cancelled before anything was touched");
                 }
                 bool const nothing_to_do =
                     progress_.state == State::kRefused || progress_.state == State::kRolledBack;
                 return nothing_to_do ? Work{Finish{}} : go_back("requested by the operator", now);
               }},
      event);
}

/// Returns the work of the state; also when it is resumed.
Work Plan::work(UtcTime now) const {
  switch (progress_.state) {
    case State::kPreparing:
      return Prepare{};
    case State::kStarting:
      return Start{.side = Side::kGreen, .shadow = settings_.shadow()};
    case State::kJoining:
      return Start{.side = Side::kGreen};
    case State::kRestoring:
      return Start{.side = Side::kBlue};
    case State::kPromoting:
    case State::kWithdrawing:
      return Stop{Side::kGreen};
    case State::kCutting:
      return Stop{Side::kBlue};
    case State::kReadying:
    case State::kTakingOver:
    case State::kReturning:
      return ProbeAt{after(now, kPoll)};
    case State::kDual:
    case State::kValidating:
      return ProbeAt{after(now, std::min<Span>(settings_.periods.probe, kPoll))};
    case State::kDiffing:
      return Prove{Check::kCompare};
    case State::kVerifying:
      return Prove{Check::kPeriod};
    case State::kChecking:
      return Prove{Check::kRollback};
    case State::kDone:
    case State::kRolledBack:
    case State::kRefused:
    case State::kFailed:
      return Finish{};
  }
  return Finish{};
}

Work Plan::enter(State state, UtcTime now) {
  progress_.state = state;
  progress_.entered = now;
  if (state == State::kCutting) progress_.cut_at = now;
  progress_.watched.troubled.clear();
  return work(now);
}

Work Plan::finish(State state, UtcTime now, std::string text) {
  progress_.state = state;
  note(now, std::move(text), state == State::kDone || state == State::kRolledBack);
  progress_.ended = now;
  return Finish{};
}

/// Rolls back from any state; a rollback that was in progress starts over.
Work Plan::go_back(std::string why, UtcTime now) {
  note(now, "rolling back: " + why, false);
  if (progress_.why.empty()) progress_.why = std::move(why);
  progress_.rollback_at = now;
  progress_.back_at.reset();
  progress_.ended.reset();
  progress_.back.clear();
  return enter(State::kRestoring, now);
}

void Plan::note(UtcTime now, std::string text, bool good) {
  progress_.steps.push_back(
      {.at = now, .state = progress_.state, .good = good, .text = std::move(text)});
}

Work Plan::on_prepared(Prepared const& event, UtcTime now) {
  K2_ASSERT(progress_.state == State::kPreparing);
  if (!event.good) {
    progress_.why = event.detail;
    return finish(State::kRefused, now, event.detail);
  }
  note(now, event.detail);
  progress_.alerts_before = {event.alerts.begin(), event.alerts.end()};
  return enter(State::kStarting, now);
}

Work Plan::on_started(Started const& event, UtcTime now) {
  note(now, fmt::format("{}: {}", side_name(event.side), event.detail), event.good);
  switch (progress_.state) {
    case State::kStarting:
      if (!event.good) return go_back("green could not be started: " + event.detail, now);
      progress_.shadowed = settings_.shadow();
      return enter(State::kReadying, now);
    case State::kJoining:
      if (!event.good) return go_back("green could not be started again: " + event.detail, now);
      progress_.shadowed = false;
      return ProbeAt{after(now, kPoll)};
    case State::kRestoring:
      if (event.good) return ProbeAt{after(now, kPoll)};
      progress_.why += "; blue could not be started: " + event.detail;
      return finish(State::kFailed, now, "blue could not be started; green was left as it is");
    default:
      K2_ASSERT(false);
      return Finish{};
  }
}

Work Plan::on_stopped(Stopped const& event, UtcTime now) {
  note(now, fmt::format("{}: {}", side_name(event.side), event.detail), event.good);
  switch (progress_.state) {
    case State::kPromoting:
      if (!event.good) return go_back("green did not stop: " + event.detail, now);
      return enter(State::kJoining, now);
    case State::kCutting:
      if (!event.good) return go_back("blue did not stop: " + event.detail, now);
      return enter(State::kTakingOver, now);
    case State::kWithdrawing:
      if (event.good) return enter(State::kReturning, now);
      return finish(State::kFailed, now, "green did not stop");
    default:
      K2_ASSERT(false);
      return Finish{};
  }
}

Work Plan::on_probed(Probed const& event, UtcTime now) {
  switch (progress_.state) {
    case State::kReadying:
    case State::kJoining:
      return wait_for_green(event.green, now);
    case State::kDual:
    case State::kValidating:
      return watch(event, now);
    case State::kTakingOver:
      return wait_for_takeover(event.green, now);
    case State::kRestoring:
    case State::kReturning:
      return wait_for_blue(event.blue, now);
    default:
      K2_ASSERT(false);
      return Finish{};
  }
}

Work Plan::wait_for_green(SideStatus const& green, UtcTime now) {
  if (green.probe && healthy(*green.probe, settings_.limits)) {
    note(now, fmt::format("green is ready after {}: {}", seconds_since(progress_.entered, now),
                          probe_text(*green.probe)));
    bool const first_time = progress_.state == State::kReadying;
    // Another process counts from its own beginning.
    progress_.watched.first = green.probe;
    if (first_time) {
      progress_.dual_from = now;
      progress_.dual_until = after(now, settings_.periods.dual);
      return enter(State::kDual, now);
    }
    progress_.joined_at = now;
    return enter(State::kCutting, now);
  }
  return probe_again(green, settings_.periods.ready, "was not ready", now);
}

Work Plan::wait_for_takeover(SideStatus const& green, UtcTime now) {
  if (green.probe && healthy(*green.probe, settings_.limits) &&
      fully_assigned(*green.probe, settings_.topic)) {
    progress_.taken_over_at = now;
    progress_.watched.backfilled_after = green.probe->backfilled;
    progress_.validated_until = after(now, settings_.periods.validate);
    note(now,
         fmt::format("green has everything {} after the SIGTERM to blue, {} trades by REST: {}",
                     seconds_since(progress_.cut_at.value_or(now), now),
                     green.probe->backfilled -
                         std::min(green.probe->backfilled, progress_.watched.backfilled_at_cut),
                     probe_text(*green.probe)));
    return enter(State::kValidating, now);
  }
  return probe_again(green, settings_.periods.takeover, "did not have everything", now);
}

/// Waits for a condition that is not fulfilled yet.
Work Plan::probe_again(SideStatus const& green, Span period, std::string_view lack, UtcTime now) {
  if (!green.running) return go_back("green has ended: " + green.trouble, now);
  if (now >= after(progress_.entered, period)) {
    return go_back(fmt::format("green {} in {}: {}", lack, format_duration(period), why_not(green)),
                   now);
  }
  return ProbeAt{after(now, kPoll)};
}

Work Plan::wait_for_blue(SideStatus const& blue, UtcTime now) {
  bool const alone = progress_.state == State::kReturning;
  bool const back = blue.probe && healthy(*blue.probe, settings_.limits) &&
                    (!alone || fully_assigned(*blue.probe, settings_.topic));
  if (back) {
    if (!alone) return enter(State::kWithdrawing, now);
    progress_.back_at = now;
    note(now, fmt::format("blue has everything {} after the decision: {}",
                          seconds_since(progress_.rollback_at.value_or(now), now),
                          probe_text(*blue.probe)));
    return enter(State::kChecking, now);
  }
  bool const over = now >= after(progress_.entered, settings_.periods.ready);
  if (!blue.running || over) {
    auto const text = fmt::format(
        "blue {}: {}", blue.running ? "is not ready in time" : "has ended", why_not(blue));
    progress_.why += "; " + text;
    return finish(State::kFailed, now, text);
  }
  return ProbeAt{after(now, kPoll)};
}

void Plan::remember(Probe const& green, UtcTime now) {
  Watched& watched = progress_.watched;
  ++watched.probes;
  if (!watched.first) watched.first = green;
  watched.rss_max_mb = std::max(watched.rss_max_mb, green.rss_mb());
  watched.lag_max_s = std::max(watched.lag_max_s, green.lag_s.value_or(0));
  // The memory of a process that has just started, or has taken over everything, still grows.
  Span const period =
      progress_.state == State::kDual ? settings_.periods.dual : settings_.periods.validate;
  bool const settling = now < after(progress_.entered, period / 5);
  if (settling || watched.rss_settled_mb == 0) {
    watched.rss_settled_mb = std::max(watched.rss_settled_mb, green.rss_mb());
  }
}

/// A server that does not answer proves nothing about green, neither good nor bad.
void Plan::remember_alerts(Probed const& event, UtcTime now) {
  Watched& watched = progress_.watched;
  if (event.alerts_trouble.empty()) {
    watched.alerts_missing_since.reset();
    return;
  }
  if (!watched.alerts_missing_since) watched.alerts_missing_since = now;
  bool const over = now >= after(*watched.alerts_missing_since, settings_.periods.grace);
  if (!over || !watched.alerts_unknown.empty()) return;
  watched.alerts_unknown = fmt::format("Prometheus did not answer for {} in {}: {}",
                                       seconds_since(*watched.alerts_missing_since, now),
                                       state_name(progress_.state), event.alerts_trouble);
  note(now, "alerts are UNKNOWN: " + watched.alerts_unknown, false);
}

/// Returns the reason for a rollback in this probe; empty when there is none.
std::string Plan::trouble(Probed const& event, UtcTime now) {
  if (!event.green.running) return "green has ended: " + event.green.trouble;
  if (progress_.state == State::kDual && !event.blue.running) {
    return "blue has ended: " + event.blue.trouble;
  }
  Problems found;
  if (event.green.probe) {
    remember(*event.green.probe, now);
    Watched const& watched = progress_.watched;
    found = problems(*event.green.probe, *watched.first,
                     event.green.probe->rss_mb() - watched.rss_settled_mb, settings_.limits);
  } else {
    found.soft["answer"] = "it does not answer: " + event.green.trouble;
  }
  for (std::string const& alert : event.alerts) {
    if (!progress_.alerts_before.contains(alert)) found.soft["alert " + alert] = "alert " + alert;
  }
  if (!found.hard.empty()) return "green: " + found.hard.front();
  auto& troubled = progress_.watched.troubled;
  std::erase_if(troubled, [&found](auto const& one) { return !found.soft.contains(one.first); });
  for (auto const& [name, text] : found.soft) {
    auto const since = troubled.emplace(name, now).first->second;
    if (now >= after(since, settings_.periods.grace)) {
      return fmt::format("green, for {}: {}", seconds_since(since, now), text);
    }
  }
  return {};
}

Work Plan::watch(Probed const& event, UtcTime now) {
  if (auto why = trouble(event, now); !why.empty()) return go_back(std::move(why), now);
  remember_alerts(event, now);
  bool const dual = progress_.state == State::kDual;
  UtcTime const until = (dual ? progress_.dual_until : progress_.validated_until).value();
  bool const alerts_known =
      !progress_.watched.alerts_missing_since || !progress_.watched.alerts_unknown.empty();
  bool const calm = progress_.watched.troubled.empty() && alerts_known && event.green.probe &&
                    healthy(*event.green.probe, settings_.limits) &&
                    (!dual || (event.blue.probe && event.blue.probe->holes == 0));
  UtcTime const end = after(until, settings_.periods.settle);
  // What is still being repaired then is what the comparison will tell.
  if (now >= end && (calm || now >= after(end, settings_.periods.grace))) {
    note(now, fmt::format("green, {} probes: {}; at most {:.1f} MB, {:.1f} MB more than settled",
                          progress_.watched.probes,
                          event.green.probe ? probe_text(*event.green.probe) : event.green.trouble,
                          progress_.watched.rss_max_mb,
                          progress_.watched.rss_max_mb - progress_.watched.rss_settled_mb));
    if (dual && event.green.probe) {
      progress_.watched.backfilled_at_cut = event.green.probe->backfilled;
    }
    return enter(dual ? State::kDiffing : State::kVerifying, now);
  }
  UtcTime const next = after(now, settings_.periods.probe);
  return ProbeAt{now >= end ? after(now, kPoll) : std::min(next, end)};
}

Work Plan::on_proven(Proven const& event, UtcTime now) {
  bool const clean = all_clean(event.proofs);
  std::string const text = proofs_text(event.proofs, clean);
  note(now, text, clean);
  switch (progress_.state) {
    case State::kDiffing:
      progress_.diff = event.proofs;
      if (!clean) return go_back("blue and green differ: " + text, now);
      if (settings_.shadow()) return enter(State::kPromoting, now);
      return enter(State::kCutting, now);
    case State::kVerifying:
      progress_.whole = event.proofs;
      if (!clean) return go_back("the whole period is not clean: " + text, now);
      return finish(State::kDone, now, "green is in production");
    case State::kChecking: {
      progress_.back = event.proofs;
      if (clean) {
        return finish(State::kRolledBack, now,
                      fmt::format("blue is in production, verified {} after the decision",
                                  seconds_since(progress_.rollback_at.value_or(now), now)));
      }
      progress_.why += "; blue's records are not clean: " + text;
      return finish(State::kFailed, now, "blue's records are not clean");
    }
    default:
      K2_ASSERT(false);
      return Finish{};
  }
}

}  // namespace k2::deploy
