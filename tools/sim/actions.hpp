// The actions of the exchange simulator on its connections; the shell with its sockets or a
// simulation with its network performs them, in this order. Pure.
#pragma once

#include "tools/sim/faults.hpp"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::sim {

// Texts live until the next event.
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
/// Ends a session without a close frame.
struct DropSession {
  SessionId session{};
  DropKind how{};
  friend bool operator==(DropSession const&, DropSession const&) = default;
};
/// Blocks this connection in both directions, including its end; TCP stays open, and data of either
/// side is queued.
struct HoldLink {
  SessionId session{};
  friend bool operator==(HoldLink const&, HoldLink const&) = default;
};
/// Delivers what was queued, and lets all later data pass.
struct ReleaseLink {
  SessionId session{};
  friend bool operator==(ReleaseLink const&, ReleaseLink const&) = default;
};
/// Limits the data to the client to this number of bytes per second; 0 removes the limit.
struct SlowLink {
  SessionId session{};
  std::uint64_t bytes_per_second = 0;
  friend bool operator==(SlowLink const&, SlowLink const&) = default;
};
/// Connections that were accepted and left without an answer are served now.
struct ReleaseConnects {
  friend bool operator==(ReleaseConnects const&, ReleaseConnects const&) = default;
};

using Action = std::variant<SendText, SendPing, SendPong, CloseSession, DropSession, HoldLink,
                            ReleaseLink, SlowLink, ReleaseConnects>;
using Actions = std::vector<Action>;

}  // namespace k2::sim
