// The effects of faults on the sessions of the exchange.
#include "tools/sim/exchange.hpp"

#include <algorithm>

namespace k2::sim {
namespace {

// A connection that ends without a close frame; no frame may carry this code.
// Source: RFC 6455 section 7.4.1.
constexpr std::uint16_t kAbnormalClosure = 1006;

}  // namespace

void Exchange::fault_began(FaultEvent const& event, Now now, Actions& actions) {
  FaultSpec const& spec = event.spec;
  for (SessionId const id : event.sessions) {
    Session* const session = find(id);
    if (session == nullptr) continue;
    switch (spec.kind) {
      case FaultKind::kDrop:
        actions.push_back(DropSession{id, spec.how});
        closed(id);
        break;
      case FaultKind::kClose:
        close_by_fault(*session, spec, actions);
        break;
      case FaultKind::kServerShutdown:
        announce_shutdown(*session, spec.lead, now, actions);
        break;
      case FaultKind::kHalfOpen:
        abandon(*session, actions);
        break;
      case FaultKind::kBlackHole:
        set_link(*session, actions);
        break;
      case FaultKind::kSlowBytes:
        actions.push_back(SlowLink{id, spec.rate});
        break;
      default:
        break;
    }
  }
}

void Exchange::fault_ended(FaultEvent const& event, Actions& actions) {
  if (event.spec.kind == FaultKind::kBlackHole) {
    // It may also have taken sessions that came up meanwhile.
    for (auto const& [id, session] : sessions_) set_link(*session, actions);
    if (!faults_.swallows_new_until()) actions.push_back(ReleaseConnects{});
    return;
  }
  for (SessionId const id : event.sessions) {
    if (!sessions_.contains(id)) continue;
    if (event.spec.kind == FaultKind::kHalfOpen) {
      actions.push_back(DropSession{id, DropKind::kReset});
      closed(id);
    } else if (event.spec.kind == FaultKind::kSlowBytes) {
      actions.push_back(SlowLink{id, 0});
    }
  }
}

void Exchange::close_by_fault(Session& session, FaultSpec const& spec, Actions& actions) {
  if (spec.code == kAbnormalClosure) {
    actions.push_back(DropSession{session.id, DropKind::kReset});
    closed(session.id);
  } else {
    close(session, spec.code, keep(spec.reason), actions);
  }
}

void Exchange::announce_shutdown(Session& session, std::chrono::nanoseconds lead, Now now,
                                 Actions& actions) {
  actions.push_back(SendText{session.id, keep(shutdown_frame(session, now.utc))});
  MonoTime const end = now.mono + lead;
  session.cut_at = session.cut_at ? std::min(*session.cut_at, end) : end;
}

void Exchange::abandon(Session& session, Actions& actions) {
  subscribers_.remove_all(session);
  session.held_until.reset();
  session.abandoned = true;
  set_link(session, actions);
}

void Exchange::set_link(Session& session, Actions& actions) {
  bool const held = session.abandoned || faults_.swallows(session.id);
  if (held == session.link_held) return;
  session.link_held = held;
  if (held) {
    actions.push_back(HoldLink{session.id});
  } else {
    actions.push_back(ReleaseLink{session.id});
  }
}

}  // namespace k2::sim
