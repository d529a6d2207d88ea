#include "tools/sim/exchange.hpp"

#include "core/assert.hpp"
#include "tools/sim/frame_text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace k2::sim {
namespace {

// Source: RFC 6455 section 7.4.1; reasons as reported by clients of the exchange.
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kGoingAway = 1001;

// Chosen: a frame held back by a fault goes out after this even if no other follows.
constexpr std::chrono::milliseconds kHeldMax{500};

}  // namespace

void Exchange::opened(SessionId id, StreamTarget target, Now now, Actions& actions) {
  begin_event();
  auto owned = std::make_unique<Session>();
  Session& session = *owned;
  K2_ASSERT(sessions_.emplace(id, std::move(owned)).second);
  session.id = id;
  session.combined = target.combined;
  session.unit = target.unit;
  session.next_ping = now.mono + limits_.ping_interval;
  if (limits_.lifetime) session.cut_at = now.mono + *limits_.lifetime;
  for (std::string const& stream : target.streams) {
    if (!subscribe(session, stream, now)) return refuse_streams(session, actions);
  }
  set_link(session, actions);
}

void Exchange::text_received(SessionId id, std::string_view text, Now now, Actions& actions) {
  begin_event();
  Session* const session = find(id);
  if (session == nullptr || !within_budget(*session, now, actions)) return;
  auto const request = parse_control(text);
  if (auto const* refused = std::get_if<ControlError>(&request)) {
    actions.push_back(SendText{id, keep(refused->reply)});
  } else {
    perform(*session, std::get<ControlRequest>(request), now, actions);
  }
}

void Exchange::ping_received(SessionId id, std::string_view payload, Now now, Actions& actions) {
  begin_event();
  Session* const session = find(id);
  if (session == nullptr || !within_budget(*session, now, actions)) return;
  actions.push_back(SendPong{id, keep(std::string{payload})});
}

void Exchange::pong_received(SessionId id, Now now, Actions& actions) {
  begin_event();
  Session* const session = find(id);
  if (session == nullptr || !within_budget(*session, now, actions)) return;
  session->pong_deadline.reset();
}

void Exchange::closed(SessionId id) {
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return;
  subscribers_.remove_all(*found->second);
  sessions_.erase(found);
  faults_.session_closed(id);
}

void Exchange::publish(Publication const& publication, Now now, Actions& actions) {
  begin_event();
  auto const subscribers = subscribers_.of(publication.stream);
  if (subscribers.empty()) return;
  forms_.begin(publication);
  faults_.begin_frame(publication.stream, now.mono);
  for (Session* const session : subscribers) {
    if (is_late(*session, publication.stream, now.mono)) continue;
    FrameFate const fate = faults_.fate(session->id);
    if (fate == FrameFate::kLose) continue;
    send(*session, forms_.of(*session), fate, now, actions);
  }
}

void Exchange::tick(Now now, Actions& actions) {
  begin_event();
  for (SessionId const id : session_ids()) {
    Session& session = *sessions_.at(id);
    if (session.held_until && now.mono >= *session.held_until) release_held(session, actions);
    if (session.cut_at && now.mono >= *session.cut_at) {
      close(session, kGoingAway, {}, actions);
    } else if (session.pong_deadline && now.mono >= *session.pong_deadline) {
      close(session, kPolicyViolation, "Pong timeout", actions);
    } else if (now.mono >= session.next_ping) {
      session.next_ping = now.mono + limits_.ping_interval;
      if (!session.pong_deadline) session.pong_deadline = now.mono + limits_.pong_timeout;
      std::string payload;
      append_time(now.utc, TimeUnit::kMillisecond, payload);
      actions.push_back(SendPing{id, keep(std::move(payload))});
    }
  }
}

std::optional<MonoTime> Exchange::next_deadline() const {
  std::optional<MonoTime> next;
  auto const consider = [&](std::optional<MonoTime> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (auto const& [id, session] : sessions_) {
    if (session->abandoned) continue;
    consider(session->next_ping);
    consider(session->pong_deadline);
    consider(session->cut_at);
    consider(session->held_until);
  }
  return next;
}

std::vector<SessionId> Exchange::session_ids() const {
  std::vector<SessionId> ids;
  ids.reserve(sessions_.size());
  for (auto const& [id, session] : sessions_) {
    if (!session->abandoned) ids.push_back(id);
  }
  return ids;
}

Session* Exchange::find(SessionId id) {
  auto const found = sessions_.find(id);
  return found == sessions_.end() || found->second->abandoned ? nullptr : found->second.get();
}

bool Exchange::within_budget(Session& session, Now now, Actions& actions) {
  if (session.budget.take(now.mono)) return true;
  close(session, kPolicyViolation, "Too many requests", actions);
  return false;
}

void Exchange::perform(Session& session, ControlRequest const& request, Now now, Actions& actions) {
  std::string result = "null";
  switch (request.method) {
    case ControlMethod::kSubscribe:
      for (std::string const& stream : request.streams) {
        if (!subscribe(session, stream, now)) return refuse_streams(session, actions);
      }
      break;
    case ControlMethod::kUnsubscribe:
      for (std::string const& stream : request.streams) subscribers_.remove(session, stream);
      break;
    case ControlMethod::kListSubscriptions:
      result = nlohmann::json(session.streams)
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      break;
    case ControlMethod::kSetProperty:
      session.combined = *request.combined;
      break;
    case ControlMethod::kGetProperty:
      result = session.combined ? "true" : "false";
      break;
  }
  actions.push_back(SendText{session.id, keep(control_reply(result, request.id))});
}

bool Exchange::subscribe(Session& session, std::string const& stream, Now now) {
  if (!subscribers_.add(session, stream, limits_.streams_max)) return false;
  FaultSpec const* const late = faults_.strike(FaultKind::kLateData, now.mono, stream);
  if (late != nullptr) session.late[stream] = now.mono + late->delay;
  return true;
}

void Exchange::refuse_streams(Session& session, Actions& actions) {
  actions.push_back(SendText{session.id, keep(too_many_streams_reply())});
  close(session, kPolicyViolation, "Too many subscriptions", actions);
}

void Exchange::close(Session const& session, std::uint16_t code, std::string_view reason,
                     Actions& actions) {
  actions.push_back(CloseSession{session.id, code, reason});
  closed(session.id);
}

bool Exchange::is_late(Session& session, std::string_view stream, MonoTime now) {
  if (session.late.empty()) return false;
  auto const found = session.late.find(stream);
  if (found == session.late.end()) return false;
  if (now < found->second) return true;
  session.late.erase(found);
  return false;
}

void Exchange::send(Session& session, std::string_view frame, FrameFate fate, Now now,
                    Actions& actions) {
  if (fate == FrameFate::kHold && session.held.empty()) {
    session.held = frame;
    session.held_until = now.mono + kHeldMax;
    return;
  }
  if (fate == FrameFate::kBreak) frame = keep(broken(frame));
  if (fate == FrameFate::kBlowUp) frame = keep(blown_up(frame, faults_.blown_up_bytes()));
  actions.push_back(SendText{session.id, frame});
  if (fate == FrameFate::kDuplicate) actions.push_back(SendText{session.id, frame});
  if (session.held_until) release_held(session, actions);
}

void Exchange::release_held(Session& session, Actions& actions) {
  actions.push_back(SendText{session.id, keep(std::exchange(session.held, {}))});
  session.held_until.reset();
}

std::string_view Exchange::keep(std::string text) {
  kept_.push_back(std::move(text));
  return kept_.back();
}

}  // namespace k2::sim
