// The exchange's side of the WebSocket protocol: sessions, subscriptions, pings, limits, and the
// frames that each session gets of a publication. A pure machine: events with the time in, actions
// out; the shell or a simulation performs them. One thread.
#pragma once

#include "core/time.hpp"
#include "tools/sim/actions.hpp"
#include "tools/sim/control.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/frame_forms.hpp"
#include "tools/sim/publication.hpp"
#include "tools/sim/session.hpp"
#include "tools/sim/subscribers.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

/// Source of the defaults: the exchange's stream documentation, limits (read 2026-11-23).
struct ExchangeLimits {
  std::chrono::milliseconds ping_interval{20'000};
  std::chrono::milliseconds pong_timeout{60'000};
  std::size_t streams_max = 1024;
  /// Connections are cut after so long; none keeps them.
  std::optional<std::chrono::milliseconds> lifetime = std::chrono::hours{24};
};

class Exchange {
 public:
  /// `faults` outlives the exchange.
  Exchange(ExchangeLimits const& limits, Faults& faults) : limits_(limits), faults_(faults) {}

  /// Handles a client that connected and requested a target that parse_stream_target() accepts.
  void opened(SessionId id, StreamTarget target, Now now, Actions& actions);
  void text_received(SessionId id, std::string_view text, Now now, Actions& actions);
  void ping_received(SessionId id, std::string_view payload, Now now, Actions& actions);
  void pong_received(SessionId id, Now now, Actions& actions);
  /// The connection is gone. Nothing is done for it any more.
  void closed(SessionId id);

  /// Turns a publication into the frames that its subscribers get.
  void publish(Publication const& publication, Now now, Actions& actions);
  /// Does what is due by the clock: pings, pong deadlines, cuts.
  void tick(Now now, Actions& actions);
  /// Does to its sessions what a fault begins with, and what it ends with. The texts of what was
  /// done before stay.
  void fault_began(FaultEvent const& event, Now now, Actions& actions);
  void fault_ended(FaultEvent const& event, Actions& actions);
  /// The next moment at which tick() has something to do.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;

  /// The sessions that the exchange knows of, the oldest first.
  [[nodiscard]] std::vector<SessionId> session_ids() const;
  /// True when a client has subscribed to the stream.
  [[nodiscard]] bool wants(std::string_view stream) const { return subscribers_.has(stream); }
  /// The number of different streams with a subscriber; a name without an @ is none.
  [[nodiscard]] std::size_t stream_count() const { return subscribers_.stream_count(); }

 private:
  [[nodiscard]] Session* find(SessionId id);
  [[nodiscard]] bool within_budget(Session& session, Now now, Actions& actions);
  void perform(Session& session, ControlRequest const& request, Now now, Actions& actions);
  [[nodiscard]] bool subscribe(Session& session, std::string const& stream, Now now);
  void refuse_streams(Session& session, Actions& actions);
  void close(Session const& session, std::uint16_t code, std::string_view reason, Actions& actions);
  [[nodiscard]] static bool is_late(Session& session, std::string_view stream, MonoTime now);
  void send(Session& session, std::string_view frame, FrameFate fate, Now now, Actions& actions);
  void release_held(Session& session, Actions& actions);

  void close_by_fault(Session& session, FaultSpec const& spec, Actions& actions);
  void announce_shutdown(Session& session, std::chrono::nanoseconds lead, Now now,
                         Actions& actions);
  void abandon(Session& session, Actions& actions);
  /// Holds or releases the link, according to the faults of the network.
  void set_link(Session& session, Actions& actions);

  [[nodiscard]] std::string_view keep(std::string text);
  void begin_event() noexcept { kept_.clear(); }

  ExchangeLimits limits_;
  Faults& faults_;
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  Subscribers subscribers_;
  FrameForms forms_;
  /// Texts of the current event's actions.
  std::deque<std::string> kept_;
};

}  // namespace k2::sim
