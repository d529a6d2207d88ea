// The ways in which a peer can break RFC 6455, one name per clause, each with its text for the log
// and the close code that answers it.
#pragma once

#include "core/errc.hpp"

#include <cstdint>
#include <string_view>

namespace k2::ws {

enum class Violation : std::uint8_t {
  kNone,
  /// RSV1..3 set without a negotiated extension (5.2).
  kReservedBits,
  /// Opcode 3..7 or 11..15 (5.2).
  kReservedOpcode,
  /// A close, ping or pong without FIN (5.5).
  kControlFragmented,
  /// A close, ping or pong of more than 125 bytes (5.5).
  kControlTooLong,
  /// A client's frame without a mask (5.1).
  kMaskMissing,
  /// A server's frame with a mask (5.1).
  kMaskUnexpected,
  /// A length that a shorter form could have held (5.2).
  kLengthNotMinimal,
  /// A 64-bit length with its top bit set (5.2).
  kLengthTopBit,
  /// A continuation when no message is under way (5.4).
  kContinuationUnexpected,
  /// A new text or binary frame inside a fragmented message (5.4).
  kMessageInterrupted,
  /// A text message that is not UTF-8 (8.1).
  kTextNotUtf8,
  /// A close frame with one byte of payload (5.5.1).
  kCloseTooShort,
  /// A close code that must not be on the wire (7.4).
  kCloseCodeInvalid,
  /// A close reason that is not UTF-8 (5.5.1).
  kCloseReasonNotUtf8,
  /// A message longer than this side takes (7.4.1, code 1009).
  kMessageTooBig,
};

/// The log's text for a violation: a short English clause.
[[nodiscard]] std::string_view violation_text(Violation violation) noexcept;

/// The status code with which the connection is to be failed (7.1.7).
[[nodiscard]] std::uint16_t violation_close_code(Violation violation) noexcept;

/// The error code of the same: kWsTooBig for size, kWsProtocol for the rest.
[[nodiscard]] Errc violation_errc(Violation violation) noexcept;

}  // namespace k2::ws
