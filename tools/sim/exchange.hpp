// The exchange's side of the WebSocket protocol: sessions, subscriptions, pings, limits, and the
// frames that each session gets of a publication. A pure machine: events with the time in, actions
// out; the shell or a simulation performs them. One thread.
#pragma once

#include "core/time.hpp"
#include "tools/sim/control.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/publication.hpp"
#include "tools/sim/session.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
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

// What the shell is to do, in this order. Texts live until the next event.
struct SendText {
  SessionId session{};
  std::string_view text;
  friend bool operator==(SendText const&, SendText const&) = default;
};
struct SendPing {
  SessionId session{};
  std::string_view payload;
  friend bool operator==(SendPing const&, SendPing const&) = default;
};
struct SendPong {
  SessionId session{};
  std::string_view payload;
  friend bool operator==(SendPong const&, SendPong const&) = default;
};
/// Ends a session with a close frame.
struct CloseSession {
  SessionId session{};
  std::uint16_t code = 0;
  std::string_view reason;
  friend bool operator==(CloseSession const&, CloseSession const&) = default;
};
/// Ends a session without a goodbye.
struct DropSession {
  SessionId session{};
  DropKind how{};
  friend bool operator==(DropSession const&, DropSession const&) = default;
};
using Action = std::variant<SendText, SendPing, SendPong, CloseSession, DropSession>;
using Actions = std::vector<Action>;

class Exchange {
 public:
  /// `faults` outlives the exchange.
  Exchange(ExchangeLimits const& limits, Faults& faults) : limits_(limits), faults_(faults) {}

  /// A client connected and asked for a target that parse_stream_target() takes.
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
  /// Ends a session without a goodbye, because of a fault.
  void strike(Strike const& strike, Actions& actions);
  /// The next moment at which tick() has something to do.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;

  [[nodiscard]] std::vector<SessionId> session_ids() const;
  /// True when somebody has subscribed to the stream.
  [[nodiscard]] bool wants(std::string_view stream) const { return subscribers_.contains(stream); }
  /// How many different streams somebody has subscribed to; a name without an @ is none.
  [[nodiscard]] std::size_t stream_count() const noexcept { return stream_count_; }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  [[nodiscard]] Session* find(SessionId id);
  [[nodiscard]] bool within_budget(Session& session, Now now, Actions& actions);
  void perform(Session& session, ControlRequest const& request, Actions& actions);
  [[nodiscard]] bool subscribe(Session& session, std::string const& stream);
  void unsubscribe(Session& session, std::string const& stream);
  void forget_subscriber(Session* session, std::string const& stream);
  void refuse_streams(Session& session, Actions& actions);
  void close(Session const& session, std::uint16_t code, std::string_view reason, Actions& actions);
  void send(Session& session, std::string_view frame, FrameFate fate, Now now, Actions& actions);
  void release_held(Session& session, Actions& actions);
  [[nodiscard]] std::string_view frame_for(Session const& session, Publication const& publication);
  [[nodiscard]] std::string_view keep(std::string text);
  void begin_event() noexcept { kept_.clear(); }

  ExchangeLimits limits_;
  Faults& faults_;
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::string, std::vector<Session*>, NameHash, std::equal_to<>> subscribers_;
  std::size_t stream_count_ = 0;
  /// A publication's frame for raw and combined sessions in either unit, made when first wanted.
  std::array<std::string, 4> frames_;
  std::array<bool, 4> frame_made_{};
  /// Texts of the current event's actions.
  std::deque<std::string> kept_;
};

}  // namespace k2::sim
