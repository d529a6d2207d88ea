// The events and actions of a connection: the interface between the feed and its shell.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::feed {

/// The life of a line. Proving ends with market data that the old line has as well, or with any
/// when there is no other line: an acknowledged SUBSCRIBE proves nothing, since the exchange
/// acknowledges streams that it does not have.
enum class LineState : std::uint8_t { kConnecting, kProving, kLive, kDraining, kClosed };
[[nodiscard]] std::string_view line_state_name(LineState state) noexcept;

/// The reason why a connection is opened, or changes its state. The names are log values and metric
/// labels.
enum class LineReason : std::uint8_t {
  /// No connection is open.
  kNone,
  /// The exchange upgraded the connection.
  kUpgraded,
  /// Market data came.
  kData,
  /// The line's lifetime is over.
  kRotation,
  /// The exchange announced that it will cut the line.
  kServerShutdown,
  /// Pings, but no market data.
  kNoData,
  /// Nothing came at all, not even a ping.
  kNoFrame,
  /// Our ping was not answered.
  kPongTimeout,
  /// The connection did not come to be in time.
  kConnectTimeout,
  /// The successor did not deliver what the old line delivers.
  kNotProven,
  /// Neither line brings data, and the exchange lives: nothing is traded.
  kQuietMarket,
  /// The line came close to the age at which the exchange cuts it.
  kAgeMax,
  /// A successor has taken over.
  kReplaced,
  /// Its streams are not needed any more.
  kUnwanted,
  /// One of its streams is silent while the symbol trades.
  kDeadStream,
  /// The connection failed, or the exchange closed it; the detail names the cause.
  kError,
};
inline constexpr std::size_t kLineReasons = 16;
[[nodiscard]] std::string_view line_reason_name(LineReason reason) noexcept;

/// Open a connection to the endpoint with this index and upgrade it with this target.
struct OpenLine {
  LineId line{};
  std::size_t endpoint = 0;
  std::string target;
  /// The problem of the current connection, or kNone.
  LineReason why = LineReason::kNone;
  friend bool operator==(OpenLine const&, OpenLine const&) = default;
};
/// Send a text message.
struct SendText {
  LineId line{};
  std::string text;
  friend bool operator==(SendText const&, SendText const&) = default;
};
/// Send a ping of our own.
struct SendPing {
  LineId line{};
  friend bool operator==(SendPing const&, SendPing const&) = default;
};
/// Close the connection; no further event of this line counts.
struct CloseLine {
  LineId line{};
  friend bool operator==(CloseLine const&, CloseLine const&) = default;
};
/// A line changed its state: one log line and one count.
struct LineChanged {
  LineId line{};
  LineState from{};
  LineState to{};
  LineReason reason{};
  /// The reason that the connection gave for its end.
  std::string detail{};
  friend bool operator==(LineChanged const&, LineChanged const&) = default;
};

using FeedAction = std::variant<OpenLine, SendText, SendPing, CloseLine, LineChanged>;
using FeedActions = std::vector<FeedAction>;

/// The upgrade to WebSocket succeeded.
struct LineOpened {
  LineId line{};
};
/// The connection is gone, or never came to be.
struct LineClosed {
  LineId line{};
  Error error;
  /// The pause that the exchange demanded with 429 or 418.
  std::optional<std::chrono::seconds> retry_after;
};
/// The exchange announced that it will cut this line.
struct LineShutdownAnnounced {
  LineId line{};
};
/// The exchange answered a ping of ours.
struct PongSeen {
  LineId line{};
};
/// The exchange answered a request that was sent with this id, or refused it.
struct RequestAnswered {
  LineId line{};
  std::int64_t id = 0;
  bool refused = false;
};
/// No line brings the symbol's trades although there are some.
struct StreamDead {
  SymbolIndex symbol{};
};
/// Time has passed.
struct FeedTick {};

using FeedEvent = std::variant<LineOpened, LineClosed, LineShutdownAnnounced, PongSeen,
                               RequestAnswered, StreamDead, FeedTick>;

}  // namespace k2::feed
