#include "tests/simulation/network.hpp"

#include "tests/simulation/oracle_failure.hpp"
#include "tools/sim/stream_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::simulation {
namespace {

using std::chrono::microseconds;

/// The exchange's limit of connection attempts. Source: the exchange's stream documentation,
/// limits.
constexpr std::size_t kConnectsMax = 300;
constexpr std::chrono::minutes kConnectWindow{5};

/// A decoder may read so far behind a frame.
constexpr std::size_t kPadding = 64;

Errc code_of(unsigned status) {
  if (status == 429 || status == 418) return Errc::kRateLimited;
  return status == 403 || status == 451 ? Errc::kRefusedByRegion : Errc::kWsHandshake;
}

}  // namespace

Network::Link* Network::find(sim::SessionId id) {
  auto const found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

std::optional<sim::SessionId> Network::session_of(LineId line) const {
  for (auto const& [id, link] : links_) {
    if (link.client && link.line == line) return id;
  }
  return std::nullopt;
}

void Network::count_connect() {
  ++connects_;
  recent_connects_.push_back(clock_.mono);
  while (clock_.mono - recent_connects_.front() >= kConnectWindow) recent_connects_.pop_front();
  if (recent_connects_.size() <= kConnectsMax) return;
  throw OracleFailure{"connects", "more than 300 in 5 minutes"};
}

void Network::connect(LineId line, std::string const& target, LineListener& listener) {
  count_connect();
  pause_.check("a connection", clock_.mono);
  sim::SessionId const id{++sessions_};
  Link link;
  link.line = line;
  link.listener = &listener;
  link.latency = microseconds{1'000 + rng_.below(80'000)};
  auto const latency = link.latency;
  links_.emplace(id, std::move(link));
  log_.say(fmt::format("line {} connects", value(line)));
  if (rng_.chance(trouble_)) {
    if (rng_.chance(0.5)) return;  // no answer
    return down(id, {Kind::kClosed, {}, {}, Error{Errc::kConnectFailed, "refused"}});
  }
  queue_.at(clock_.mono + latency * 3, [this, id, target] { arrive(id, target); });
}

void Network::arrive(sim::SessionId id, std::string const& target) {
  Link* const link = find(id);
  if (link == nullptr || !link->client) return;
  sim::Simulator& box = venue_->box();
  sim::ConnectVerdict const verdict = box.connecting(clock_.exchange());
  if (verdict.hold) return;
  if (verdict.tls != sim::TlsFault::kNone) {
    return down(id, {Kind::kClosed, {}, {}, Error{Errc::kTlsCertificate, "refused"}});
  }
  if (auto const refused = box.upgrading(clock_.exchange())) {
    return down(id, {Kind::kClosed,
                     {},
                     {},
                     Error{code_of(refused->status), std::to_string(refused->status)},
                     refused->retry_after});
  }
  auto const parsed = sim::parse_stream_target(target);
  if (!parsed) throw OracleFailure{"target", target};
  link->served = true;
  down(id, {Kind::kOpened, {}, {}});
  venue_->event([&](sim::Simulator& to, Now now, sim::Actions& actions) {
    to.opened(id, *parsed, now, actions);
  });
}

void Network::down(sim::SessionId id, Frame frame) {
  Link* const link = find(id);
  if (link == nullptr || !link->client) return;
  auto due = clock_.mono + link->latency + microseconds{rng_.below(3'000)};
  if (link->bytes_per_second > 0) {
    due += std::chrono::nanoseconds{frame.text.size() * 1'000'000'000 / link->bytes_per_second};
  }
  link->last_down = std::max(link->last_down, due);
  frame.due = link->last_down;
  link->down.push_back(std::move(frame));
  arm(id, *link);
}

void Network::arm(sim::SessionId id, Link& link) {
  if (!link.client || link.held || link.down.empty() || link.armed) return;
  MonoTime const at = std::max(link.down.front().due, clock_.mono);
  link.armed = at;
  queue_.at(at, [this, id] { deliver(id); });
}

void Network::deliver(sim::SessionId id) {
  Link* link = find(id);
  if (link == nullptr) return;
  link->armed.reset();
  bool any = false;
  while (link != nullptr && link->client && !link->held && !link->down.empty() &&
         link->down.front().due <= clock_.mono) {
    Frame frame = std::move(link->down.front());
    link->down.pop_front();
    any = any || frame.kind != Kind::kClosed;
    hand(*link, frame, id);
    link = find(id);
  }
  if (link == nullptr) return;
  if (any && link->client) link->listener->on_batch_end(link->line);
  link = find(id);
  if (link != nullptr) arm(id, *link);
}

void Network::hand(Link& link, Frame& frame, sim::SessionId id) {
  LineId const line = link.line;
  LineListener& listener = *link.listener;
  switch (frame.kind) {
    case Kind::kOpened:
      return listener.on_opened(line);
    case Kind::kText:
      padded_.assign(frame.text).append(kPadding, ' ');
      return listener.on_text(line, std::string_view{padded_}.substr(0, frame.text.size()));
    case Kind::kPing:
      return up(id, [this, id] {
        venue_->event([id](sim::Simulator& box, Now now, sim::Actions& actions) {
          box.pong_received(id, now, actions);
        });
      });
    case Kind::kPong:
      return listener.on_pong(line);
    case Kind::kClosed:
      link.client = false;
      if (frame.why.code == Errc::kRateLimited && frame.retry_after) {
        pause_.demand(*frame.retry_after, clock_.mono);
      }
      log_.say(fmt::format("line {} lost: {}", value(line), frame.why.to_string()));
      listener.on_closed(line, frame.why, frame.retry_after);
      links_.erase(id);
      return;
  }
}

void Network::up(sim::SessionId id, std::function<void()> what) {
  Link* const link = find(id);
  if (link == nullptr || link->held) return;
  auto const due = clock_.mono + link->latency + microseconds{rng_.below(3'000)};
  link->last_up = std::max(link->last_up, due);
  queue_.at(link->last_up, [this, id, what = std::move(what)] {
    Link* const there = find(id);
    if (there != nullptr && there->served) what();
  });
}

void Network::send_text(LineId line, std::string const& text) {
  auto const id = session_of(line);
  if (!id) return;
  up(*id, [this, id = *id, text] {
    venue_->event([&](sim::Simulator& box, Now now, sim::Actions& actions) {
      box.text_received(id, text, now, actions);
    });
  });
}

void Network::send_ping(LineId line) {
  auto const id = session_of(line);
  if (!id) return;
  up(*id, [this, id = *id] {
    venue_->event([id](sim::Simulator& box, Now now, sim::Actions& actions) {
      box.ping_received(id, "", now, actions);
    });
  });
}

void Network::close(LineId line) {
  auto const id = session_of(line);
  if (!id) return;
  log_.say(fmt::format("line {} closed", value(line)));
  find(*id)->client = false;
  tell_closed(*id);
}

/// The exchange learns that the client is gone, unless nothing passes to it.
void Network::tell_closed(sim::SessionId id) {
  Link& link = *find(id);
  if (link.held) return;
  queue_.at(std::max(link.last_up, clock_.mono + link.latency), [this, id] {
    venue_->event([id](sim::Simulator& box, Now, sim::Actions&) { box.closed(id); });
    links_.erase(id);
  });
}

void Network::abandon(bool machine_lives) {
  for (auto& [id, link] : links_) {
    if (!link.client) continue;
    link.client = false;
    link.down.clear();
    if (machine_lives) tell_closed(id);
  }
}

void Network::perform(sim::Actions const& actions) {
  for (sim::Action const& action : actions) {
    std::visit([this](auto const& one) { perform(one); }, action);
  }
}

void Network::perform(sim::SendText const& action) {
  down(action.session, {Kind::kText, {}, venue_->defects().frame(action.text)});
}

void Network::perform(sim::SendPing const& action) {
  down(action.session, {Kind::kPing, {}, {}});
}

void Network::perform(sim::SendPong const& action) {
  down(action.session, {Kind::kPong, {}, {}});
}

void Network::perform(sim::CloseSession const& action) {
  if (action.reason == "Too many requests") {
    throw OracleFailure{"inbound", "more than 5 messages within a second"};
  }
  if (Link* const link = find(action.session)) link->served = false;
  down(action.session, {Kind::kClosed,
                        {},
                        {},
                        Error{Errc::kConnectionClosed,
                              fmt::format("closed with {} '{}'", action.code, action.reason)}});
}

void Network::perform(sim::DropSession const& action) {
  Link* const link = find(action.session);
  if (link == nullptr) return;
  link->served = false;
  bool const reset = action.how == sim::DropKind::kReset;
  // Data in transit does not survive a reset.
  if (reset) link->down.clear();
  down(action.session,
       {Kind::kClosed, {}, {}, Error{Errc::kSocketFailed, reset ? "reset" : "ended"}});
}

void Network::perform(sim::HoldLink const& action) {
  if (Link* const link = find(action.session)) link->held = true;
}

void Network::perform(sim::ReleaseLink const& action) {
  Link* const link = find(action.session);
  if (link == nullptr) return;
  link->held = false;
  if (!link->client) return tell_closed(action.session);
  arm(action.session, *link);
}

void Network::perform(sim::SlowLink const& action) {
  if (Link* const link = find(action.session)) link->bytes_per_second = action.bytes_per_second;
}

// Clients that were left without an answer have given up by then.
void Network::perform(sim::ReleaseConnects const& /*action*/) {}

}  // namespace k2::simulation
