// The effects of faults on the simulator as a whole, and on clients that connect.
#include "tools/sim/simulator.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

// The exchange's reply body for such a status.
// Source: the exchange's REST documentation and its errors (read 2026-11-23).
std::string body_of_status(unsigned status) {
  switch (status) {
    case 403:
      return "<html><head><title>403 Forbidden</title></head></html>";
    case 418:
      return R"({"code":-1003,"msg":"Way too much request weight used; IP banned."})";
    case 429:
      return R"({"code":-1003,"msg":"Too much request weight used."})";
    case 451:
      return R"({"code":0,"msg":"Service unavailable from a restricted location."})";
    default:
      return R"({"code":-1008,"msg":"Server is currently overloaded with other requests. )"
             R"(Please try again in a few minutes."})";
  }
}

/// Chosen: no client waits for an answer that long.
constexpr std::chrono::hours kNeverAnswered{1};

}  // namespace

ConnectVerdict Simulator::connecting(Now now) {
  ConnectVerdict verdict;
  verdict.hold = faults_.swallows_new_until().has_value();
  FaultSpec const* const bad = faults_.strike(FaultKind::kBadCertificate, now.mono);
  if (bad != nullptr) verdict.tls = bad->tls;
  return verdict;
}

std::optional<UpgradeRefusal> Simulator::upgrading(Now now) {
  FaultSpec const* const refused = faults_.strike(FaultKind::kRefuse, now.mono);
  if (refused == nullptr) return std::nullopt;
  return UpgradeRefusal{refused->status == 0 ? 503 : refused->status, refused->retry_after};
}

RestReply Simulator::answer(RestRequest const& request, Now now) {
  FaultSpec const* const down = faults_.strike(FaultKind::kRestDown, now.mono);
  bool const only_slow = down != nullptr && down->status == 0 && down->delay.count() > 0;
  RestReply reply;
  if (down == nullptr || only_slow) {
    std::optional<MonoTime> database_at;
    FaultSpec const* const behind = faults_.strike(FaultKind::kRestLag, now.mono);
    if (behind != nullptr) database_at = now.mono - behind->lag;
    reply = rest_.answer(request, exchange_time(now).utc, database_at);
  } else {
    reply.status = down->status;
    reply.cut = down->status == 0;
    reply.body = body_of_status(down->status);
    if (down->retry_after) {
      reply.headers.emplace_back("Retry-After", std::to_string(down->retry_after->count()));
    }
  }
  if (down != nullptr) reply.delay = down->delay;
  if (auto const until = faults_.swallows_new_until()) {
    reply.delay = std::max(reply.delay, std::min(*until, now.mono + kNeverAnswered) - now.mono);
  }
  return reply;
}

std::vector<FaultId> Simulator::add_faults(std::vector<FaultSpec> const& specs, Now now) {
  std::vector<FaultId> ids;
  for (FaultSpec const& spec : specs) ids.push_back(faults_.add(spec, now.mono, trades_));
  return ids;
}

bool Simulator::heal(FaultId id, Now now, Actions& actions) {
  std::size_t const first = fault_events_.size();
  bool const healed = faults_.heal(id, fault_events_);
  apply_faults(first, now, actions);
  return healed;
}

void Simulator::heal_all(Now now, Actions& actions) {
  std::size_t const first = fault_events_.size();
  faults_.heal_all(fault_events_);
  apply_faults(first, now, actions);
}

void Simulator::advance_faults(Now now, Actions& actions) {
  std::size_t const first = fault_events_.size();
  faults_.advance(now.mono, trades_, exchange_.session_ids(), fault_events_);
  apply_faults(first, now, actions);
}

void Simulator::apply_faults(std::size_t first, Now now, Actions& actions) {
  for (std::size_t i = first; i < fault_events_.size(); ++i) {
    apply(fault_events_[i], now, actions);
  }
  if (fault_events_.size() <= kFaultEventsMax) return;
  auto const too_many = fault_events_.size() - kFaultEventsMax;
  fault_events_.erase(fault_events_.begin(),
                      fault_events_.begin() + static_cast<std::ptrdiff_t>(too_many));
}

void Simulator::apply(FaultEvent const& event, Now now, Actions& actions) {
  change_market(event, now.mono);
  if (event.began) {
    exchange_.fault_began(event, exchange_time(now), actions);
  } else {
    exchange_.fault_ended(event, actions);
  }
}

void Simulator::change_market(FaultEvent const& event, MonoTime now) {
  FaultSpec const& spec = event.spec;
  switch (spec.kind) {
    case FaultKind::kHalt:
      if (event.began) {
        market_.halt(event.id, spec.symbols, now);
      } else {
        start_mono_ += market_.resume(event.id, now);
      }
      return;
    case FaultKind::kIdGap:
      if (event.began) market_.leave_out_ids(spec.ids, spec.symbols);
      return;
    case FaultKind::kClockSkew:
      market_.set_skew(event.began ? spec.by : std::chrono::nanoseconds{0});
      return;
    default:
      return;
  }
}

}  // namespace k2::sim
