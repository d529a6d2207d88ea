// The kind of one WebSocket text frame from the exchange. Every frame is counted under exactly one
// kind; the names are metric labels, so they are never reused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace k2::feed {

enum class FrameKind : std::uint8_t {
  /// A trade of a symbol that this process carries.
  kTrade,
  /// A candle: for the audit.
  kKline,
  /// The exchange is about to close this connection.
  kServerShutdown,
  /// A request was carried out.
  kReply,
  /// A request was refused.
  kReplyError,
  /// JSON, but nothing that K2 reads: other events, and events without a name.
  kOtherEvent,
  /// A trade or candle of a symbol that was not subscribed.
  kUnknownSymbol,
  /// A trade that lacks something or does not fit: for the dead letters.
  kBadTrade,
  /// A candle that lacks something or does not fit.
  kBadKline,
  /// A frame that is not JSON at all.
  kNotJson,
};

inline constexpr std::size_t kFrameKinds = 10;

/// The stable lower-case name of a kind, as metrics show it.
[[nodiscard]] std::string_view frame_kind_name(FrameKind kind) noexcept;

}  // namespace k2::feed
