#include "tools/sim/faults.hpp"

#include "tools/sim/random_fault.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace k2::sim {
namespace {

double exponential(Rng& rng, double mean) {
  return -std::log(1.0 - rng.unit()) * mean;
}

bool repeats(FaultSpec const& spec) {
  return spec.every || spec.every_trades;
}

FaultScope scope_of(FaultSpec const& spec) {
  return info_of(spec.kind).scope;
}

bool hits_frames(FaultSpec const& spec) {
  return scope_of(spec) == FaultScope::kFrames || spec.kind == FaultKind::kMute;
}

FaultEvent event_of(bool began, FaultId id, FaultSpec const& spec,
                    std::vector<SessionId> const& sessions, std::uint64_t hits) {
  return FaultEvent{began, id, spec, sessions, hits};
}

}  // namespace

Faults::Faults(std::vector<FaultSpec> const& specs, std::uint64_t seed) : seed_(seed) {
  for (FaultSpec const& spec : specs) append(spec).waits_for_start = true;
}

void Faults::start(MonoTime now) {
  for (Plan& plan : plans_) {
    if (std::exchange(plan.waits_for_start, false)) schedule_first(plan, now, 0);
  }
  look_ahead();
}

FaultId Faults::add(FaultSpec spec, MonoTime now, std::uint64_t trades) {
  Plan& plan = append(std::move(spec));
  schedule_first(plan, now, trades);
  look_ahead();
  return plan.id;
}

bool Faults::heal(FaultId id, std::vector<FaultEvent>& events) {
  auto const found = std::ranges::find(plans_, id, &Plan::id);
  if (found == plans_.end()) return false;
  if (found->active) finish(*found, events);
  plans_.erase(found);
  look_ahead();
  return true;
}

void Faults::heal_all(std::vector<FaultEvent>& events) {
  while (!plans_.empty()) (void)heal(plans_.front().id, events);
}

void Faults::advance(MonoTime now, std::uint64_t trades, std::span<SessionId const> sessions,
                     std::vector<FaultEvent>& events) {
  // A fault drawn at random is appended to the list and starts in the same round.
  for (Plan& plan : plans_) {
    if (plan.active && (plan.over || (plan.until && now >= *plan.until))) finish(plan, events);
    bool const due =
        (plan.next_at && now >= *plan.next_at) || (plan.next_trade && trades >= *plan.next_trade);
    if (!due) continue;
    plan.next_at.reset();
    plan.next_trade.reset();
    if (plan.active) finish(plan, events);
    fire(plan, now, sessions, events);
    if (repeats(plan.spec)) schedule_next(plan, now, trades);
  }
  std::erase_if(plans_, [](Plan const& plan) {
    return !plan.active && !plan.waits_for_start && !plan.next_at && !plan.next_trade;
  });
  look_ahead();
}

void Faults::session_closed(SessionId session) {
  for (Plan& plan : plans_) {
    if (!plan.active || std::erase(plan.victims, session) == 0) continue;
    if (plan.victims.empty() && !plan.everybody) plan.over = true;
  }
}

std::optional<MonoTime> Faults::next_deadline() const {
  std::optional<MonoTime> next;
  auto const consider = [&](std::optional<MonoTime> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (Plan const& plan : plans_) {
    consider(plan.next_at);
    if (plan.active) consider(plan.over ? MonoTime{} : plan.until);
  }
  return next;
}

void Faults::begin_frame(std::string_view stream, MonoTime now) {
  if (!frame_faults_) return;
  for (Plan& plan : plans_) {
    plan.hits_frame = false;
    if (!plan.active || plan.over || !hits_frames(plan.spec)) continue;
    if (plan.until && now >= *plan.until) continue;
    if (!plan.spec.stream.empty() && plan.spec.stream != stream) continue;
    if (plan.frames_left && --*plan.frames_left == 0) plan.over = true;
    plan.hits_frame = !plan.spec.probability || plan.rng.chance(*plan.spec.probability);
  }
}

FrameFate Faults::fate(SessionId session) {
  if (!frame_faults_) return FrameFate::kSend;
  for (Plan& plan : plans_) {
    if (!plan.hits_frame) continue;
    if (!plan.everybody && std::ranges::find(plan.victims, session) == plan.victims.end()) continue;
    count_hit(plan);
    switch (plan.spec.kind) {
      case FaultKind::kDuplicate:
        return FrameFate::kDuplicate;
      case FaultKind::kReorder:
        return FrameFate::kHold;
      case FaultKind::kBadJson:
        return FrameFate::kBreak;
      case FaultKind::kOversize:
        blown_up_bytes_ = plan.spec.bytes;
        return FrameFate::kBlowUp;
      default:
        return FrameFate::kLose;
    }
  }
  return FrameFate::kSend;
}

FaultSpec const* Faults::strike(FaultKind kind, MonoTime now, std::string_view stream) {
  for (Plan& plan : plans_) {
    if (!at_work(plan, kind, now)) continue;
    if (!plan.spec.stream.empty() && plan.spec.stream != stream) continue;
    if (plan.spec.probability && !plan.rng.chance(*plan.spec.probability)) continue;
    count_hit(plan);
    return &plan.spec;
  }
  return nullptr;
}

FaultSpec const* Faults::standing(FaultKind kind, MonoTime now) const {
  for (Plan const& plan : plans_) {
    if (at_work(plan, kind, now)) return &plan.spec;
  }
  return nullptr;
}

bool Faults::swallows(SessionId session) const {
  return std::ranges::any_of(plans_, [&](Plan const& plan) {
    return plan.active && plan.spec.kind == FaultKind::kBlackHole &&
           (plan.everybody || std::ranges::find(plan.victims, session) != plan.victims.end());
  });
}

std::optional<MonoTime> Faults::swallows_new_until() const {
  std::optional<MonoTime> until;
  for (Plan const& plan : plans_) {
    if (!plan.active || plan.spec.kind != FaultKind::kBlackHole || !plan.everybody) continue;
    until = std::max(until.value_or(MonoTime::min()), plan.until.value_or(MonoTime::max()));
  }
  return until;
}

std::vector<FaultStatus> Faults::list() const {
  std::vector<FaultStatus> statuses;
  for (Plan const& plan : plans_) {
    statuses.push_back({plan.id, plan.spec.text, plan.active, plan.times, plan.hits_in_all});
  }
  return statuses;
}

Faults::Plan& Faults::append(FaultSpec spec) {
  std::uint64_t const id = next_id_++;
  return plans_.emplace_back(
      Plan{.id = FaultId{id}, .spec = std::move(spec), .rng = Rng{seed_ * 1'000'003 + id}});
}

void Faults::schedule_first(Plan& plan, MonoTime now, std::uint64_t trades) {
  FaultSpec const& spec = plan.spec;
  if (repeats(spec)) {
    schedule_next(plan, now + spec.at.value_or(std::chrono::nanoseconds{0}),
                  trades + spec.at_trade.value_or(0));
  } else if (spec.at_trade) {
    plan.next_trade = trades + *spec.at_trade;
  } else {
    plan.next_at = now + spec.at.value_or(std::chrono::nanoseconds{0});
  }
}

void Faults::schedule_next(Plan& plan, MonoTime now, std::uint64_t trades) {
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
                  std::vector<FaultEvent>& events) {
  ++plan.times;
  if (plan.spec.kind == FaultKind::kRandom) return draw(plan, now);
  FaultSpec const& spec = plan.spec;
  plan.active = true;
  plan.over = false;
  plan.hits = 0;
  plan.until.reset();
  plan.frames_left = spec.frames;
  if (spec.length) plan.until = now + *spec.length;
  choose_victims(plan, sessions);
  events.push_back(event_of(true, plan.id, spec, plan.victims, 0));
  switch (scope_of(spec)) {
    case FaultScope::kMoment:
      plan.hits = plan.victims.size();
      plan.hits_in_all += plan.hits;
      if (spec.kind == FaultKind::kServerShutdown && !plan.victims.empty()) {
        plan.until = now + spec.lead;
      } else {
        finish(plan, events);
      }
      return;
    case FaultScope::kFrames:
      if (!spec.length && !spec.frames && !spec.probability) plan.frames_left = 1;
      break;
    case FaultScope::kConnections:
      plan.hits = spec.kind == FaultKind::kMute ? 0 : plan.victims.size();
      plan.hits_in_all += plan.hits;
      break;
    case FaultScope::kCondition:
      break;
  }
  if (!plan.everybody && plan.victims.empty()) finish(plan, events);
}

void Faults::draw(Plan& plan, MonoTime now) {
  FaultKind const kind = plan.spec.kinds[plan.rng.below(plan.spec.kinds.size())];
  append(random_fault(kind, plan.rng)).next_at = now;
}

void Faults::choose_victims(Plan& plan, std::span<SessionId const> sessions) {
  plan.victims.clear();
  FaultScope const scope = scope_of(plan.spec);
  bool const of_all = plan.spec.on == FaultTarget::kAll;
  // Frames of a connection to come are hit as well; the network is down for new ones, too.
  plan.everybody =
      scope == FaultScope::kCondition ||
      (of_all && (scope == FaultScope::kFrames || plan.spec.kind == FaultKind::kBlackHole));
  if (sessions.empty() || scope == FaultScope::kCondition ||
      (plan.everybody && scope == FaultScope::kFrames) || plan.spec.kind == FaultKind::kIdGap) {
    return;
  }
  switch (plan.spec.on) {
    case FaultTarget::kAll:
      plan.victims.assign(sessions.begin(), sessions.end());
      break;
    case FaultTarget::kOne:
      plan.victims.push_back(sessions[plan.rng.below(sessions.size())]);
      break;
    case FaultTarget::kNewest:
      plan.victims.push_back(sessions.back());
      break;
    case FaultTarget::kOldest:
      plan.victims.push_back(sessions.front());
      break;
  }
}

void Faults::finish(Plan& plan, std::vector<FaultEvent>& events) {
  plan.active = false;
  plan.until.reset();
  events.push_back(event_of(false, plan.id, plan.spec, plan.victims, plan.hits));
  plan.victims.clear();
}

void Faults::count_hit(Plan& plan) {
  ++plan.hits;
  ++plan.hits_in_all;
}

bool Faults::at_work(Plan const& plan, FaultKind kind, MonoTime now) {
  return plan.spec.kind == kind && plan.active && !plan.over && (!plan.until || now < *plan.until);
}

void Faults::look_ahead() {
  next_trade_ = UINT64_MAX;
  frame_faults_ = false;
  for (Plan const& plan : plans_) {
    if (plan.next_trade) next_trade_ = std::min(next_trade_, *plan.next_trade);
    frame_faults_ = frame_faults_ || (plan.active && hits_frames(plan.spec));
  }
}

}  // namespace k2::sim
