#include "tools/sim/exchange.hpp"

#include "core/assert.hpp"
#include "tools/sim/frame_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

// Source: RFC 6455 section 7.4.1; reasons as reported by clients of the exchange.
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kGoingAway = 1001;

// Chosen: a frame held back by a fault goes out after this even if no other follows.
constexpr std::chrono::milliseconds kHeldMax{500};

// Clients put other things in a name's place, too, as in /ws/0.
bool is_stream(std::string_view name) {
  return name.find('@') != std::string_view::npos;
}

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
    if (!subscribe(session, stream)) return refuse_streams(session, actions);
  }
}

void Exchange::text_received(SessionId id, std::string_view text, Now now, Actions& actions) {
  begin_event();
  Session* const session = find(id);
  if (session == nullptr || !within_budget(*session, now, actions)) return;
  auto const request = parse_control(text);
  if (auto const* refused = std::get_if<ControlError>(&request)) {
    actions.push_back(SendText{id, keep(refused->reply)});
  } else {
    perform(*session, std::get<ControlRequest>(request), actions);
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
  Session* const session = find(id);
  if (session == nullptr) return;
  auto const streams = std::exchange(session->streams, {});
  for (std::string const& stream : streams) forget_subscriber(session, stream);
  sessions_.erase(id);
}

void Exchange::publish(Publication const& publication, Now now, Actions& actions) {
  begin_event();
  auto const found = subscribers_.find(publication.stream);
  if (found == subscribers_.end()) return;
  frame_made_.fill(false);
  faults_.begin_frame(publication.stream, now.mono);
  for (Session* const session : found->second) {
    FrameFate const fate = faults_.fate(session->id);
    if (fate == FrameFate::kLose) continue;
    send(*session, frame_for(*session, publication), fate, now, actions);
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

void Exchange::strike(Strike const& strike, Actions& actions) {
  begin_event();
  if (find(strike.session) == nullptr) return;
  actions.push_back(DropSession{strike.session, strike.how});
  closed(strike.session);
}

std::optional<MonoTime> Exchange::next_deadline() const {
  std::optional<MonoTime> next;
  auto const consider = [&](std::optional<MonoTime> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (auto const& [id, session] : sessions_) {
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
  for (auto const& [id, session] : sessions_) ids.push_back(id);
  return ids;
}

Session* Exchange::find(SessionId id) {
  auto const found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

bool Exchange::within_budget(Session& session, Now now, Actions& actions) {
  if (session.budget.take(now.mono)) return true;
  close(session, kPolicyViolation, "Too many requests", actions);
  return false;
}

void Exchange::perform(Session& session, ControlRequest const& request, Actions& actions) {
  std::string result = "null";
  switch (request.method) {
    case ControlMethod::kSubscribe:
      for (std::string const& stream : request.streams) {
        if (!subscribe(session, stream)) return refuse_streams(session, actions);
      }
      break;
    case ControlMethod::kUnsubscribe:
      for (std::string const& stream : request.streams) unsubscribe(session, stream);
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

bool Exchange::subscribe(Session& session, std::string const& stream) {
  if (std::ranges::find(session.streams, stream) != session.streams.end()) return true;
  if (session.streams.size() >= limits_.streams_max) return false;
  session.streams.push_back(stream);
  auto& subscribers = subscribers_[stream];
  if (subscribers.empty() && is_stream(stream)) ++stream_count_;
  subscribers.push_back(&session);
  return true;
}

void Exchange::unsubscribe(Session& session, std::string const& stream) {
  if (std::erase(session.streams, stream) > 0) forget_subscriber(&session, stream);
}

void Exchange::forget_subscriber(Session* session, std::string const& stream) {
  auto const found = subscribers_.find(stream);
  K2_ASSERT(found != subscribers_.end());
  std::erase(found->second, session);
  if (!found->second.empty()) return;
  subscribers_.erase(found);
  if (is_stream(stream)) --stream_count_;
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

void Exchange::send(Session& session, std::string_view frame, FrameFate fate, Now now,
                    Actions& actions) {
  if (fate == FrameFate::kHold && session.held.empty()) {
    session.held = frame;
    session.held_until = now.mono + kHeldMax;
    return;
  }
  actions.push_back(SendText{session.id, frame});
  if (fate == FrameFate::kDuplicate) actions.push_back(SendText{session.id, frame});
  if (session.held_until) release_held(session, actions);
}

void Exchange::release_held(Session& session, Actions& actions) {
  actions.push_back(SendText{session.id, keep(std::exchange(session.held, {}))});
  session.held_until.reset();
}

std::string_view Exchange::frame_for(Session const& session, Publication const& publication) {
  std::size_t const at =
      (session.combined ? 2U : 0U) + (session.unit == TimeUnit::kMicrosecond ? 1U : 0U);
  std::string& frame = frames_[at];
  if (std::exchange(frame_made_[at], true)) return frame;
  frame.clear();
  if (session.combined) {
    frame.append(R"({"stream":")").append(publication.stream).append(R"(","data":)");
  }
  if (publication.unit == session.unit) {
    frame.append(publication.data);
  } else {
    append_rewritten(publication.data, publication.kind, NumberShift{}, session.unit, frame);
  }
  if (session.combined) frame.push_back('}');
  return frame;
}

std::string_view Exchange::keep(std::string text) {
  kept_.push_back(std::move(text));
  return kept_.back();
}

}  // namespace k2::sim
