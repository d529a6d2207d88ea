#include "tools/sim/faults.hpp"

#include <algorithm>
#include <cmath>

namespace k2::sim {
namespace {

bool hits_frames(FaultKind kind) {
  return kind == FaultKind::kLose || kind == FaultKind::kDuplicate || kind == FaultKind::kReorder;
}

double exponential(Rng& rng, double mean) {
  return -std::log(1.0 - rng.unit()) * mean;
}

bool repeats(FaultSpec const& spec) {
  return spec.every || spec.every_trades;
}

FrameFate fate_of(FaultKind kind) {
  if (kind == FaultKind::kLose) return FrameFate::kLose;
  return kind == FaultKind::kDuplicate ? FrameFate::kDuplicate : FrameFate::kHold;
}

}  // namespace

Faults::Faults(std::vector<FaultSpec> const& specs, std::uint64_t seed) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    plans_.push_back(Plan{specs[i], Rng{seed * 1'000'003 + i}, {}, {}, false, {}, {}, {}, false});
    frame_faults_ = frame_faults_ || hits_frames(specs[i].kind);
  }
}

void Faults::start(MonoTime now) {
  for (Plan& plan : plans_) {
    FaultSpec const& spec = plan.spec;
    if (repeats(spec)) {
      schedule(plan, now, 0);
    } else if (spec.at_trade) {
      plan.next_trade = *spec.at_trade;
    } else {
      plan.next_at = now + spec.at.value_or(std::chrono::nanoseconds{0});
    }
  }
  find_next_trade();
}

void Faults::advance(MonoTime now, std::uint64_t trades, std::span<SessionId const> sessions,
                     std::vector<Strike>& strikes) {
  for (Plan& plan : plans_) {
    if (plan.active && plan.until && now >= *plan.until) plan.active = false;
    bool const due =
        (plan.next_at && now >= *plan.next_at) || (plan.next_trade && trades >= *plan.next_trade);
    if (!due) continue;
    plan.next_at.reset();
    plan.next_trade.reset();
    fire(plan, now, sessions, strikes);
    if (repeats(plan.spec)) schedule(plan, now, trades);
  }
  find_next_trade();
}

std::optional<MonoTime> Faults::next_deadline() const {
  std::optional<MonoTime> next;
  auto const consider = [&](std::optional<MonoTime> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (Plan const& plan : plans_) {
    consider(plan.next_at);
    if (plan.active) consider(plan.until);
  }
  return next;
}

void Faults::begin_frame(std::string_view stream, MonoTime now) {
  if (!frame_faults_) return;
  for (Plan& plan : plans_) {
    plan.hits = false;
    if (!plan.active || !hits_frames(plan.spec.kind)) continue;
    if (plan.until && now >= *plan.until) continue;
    if (!plan.spec.stream.empty() && plan.spec.stream != stream) continue;
    if (plan.frames_left && *plan.frames_left == 0) {
      plan.active = false;
      continue;
    }
    if (plan.frames_left) --*plan.frames_left;
    plan.hits = !plan.spec.probability || plan.rng.chance(*plan.spec.probability);
  }
}

FrameFate Faults::fate(SessionId session) const {
  if (!frame_faults_) return FrameFate::kSend;
  for (Plan const& plan : plans_) {
    if (!plan.hits || (plan.spec.one_session && plan.victim != session)) continue;
    return fate_of(plan.spec.kind);
  }
  return FrameFate::kSend;
}

std::optional<unsigned> Faults::rest_down(MonoTime now) const {
  for (Plan const& plan : plans_) {
    if (plan.spec.kind != FaultKind::kRestDown || !plan.active) continue;
    if (!plan.until || now < *plan.until) return plan.spec.status;
  }
  return std::nullopt;
}

void Faults::schedule(Plan& plan, MonoTime now, std::uint64_t trades) {
  if (plan.spec.every) {
    double const mean = static_cast<double>(plan.spec.every->count());
    plan.next_at = now + std::chrono::nanoseconds{std::llround(exponential(plan.rng, mean))};
  } else {
    double const mean = static_cast<double>(*plan.spec.every_trades);
    double const distance = std::max(1.0, std::round(exponential(plan.rng, mean)));
    plan.next_trade = trades + static_cast<std::uint64_t>(distance);
  }
}

void Faults::fire(Plan& plan, MonoTime now, std::span<SessionId const> sessions,
                  std::vector<Strike>& strikes) {
  FaultSpec const& spec = plan.spec;
  if (spec.one_session && !sessions.empty()) {
    plan.victim = sessions[plan.rng.below(sessions.size())];
  }
  if (spec.kind == FaultKind::kDrop) {
    for (SessionId const session : sessions) {
      if (spec.one_session && session != plan.victim) continue;
      strikes.push_back({session, spec.how});
    }
    return;
  }
  plan.active = true;
  plan.until.reset();
  plan.frames_left = spec.frames;
  if (spec.length) plan.until = now + *spec.length;
  bool const open_ended = !spec.length && !spec.frames && !spec.probability;
  if (open_ended && hits_frames(spec.kind)) plan.frames_left = 1;
}

void Faults::find_next_trade() {
  next_trade_ = UINT64_MAX;
  for (Plan const& plan : plans_) {
    if (plan.next_trade) next_trade_ = std::min(next_trade_, *plan.next_trade);
  }
}

}  // namespace k2::sim
