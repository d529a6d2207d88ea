// The status codes of a close frame (RFC 6455 section 7.4): their names, and which of them may
// travel on the wire at all.
#pragma once

#include <cstdint>

namespace k2::ws {

inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseGoingAway = 1001;
inline constexpr std::uint16_t kCloseProtocolError = 1002;
/// Represents a close frame without a code; never on the wire.
inline constexpr std::uint16_t kCloseNoStatus = 1005;
/// Represents a connection that ended without a close frame; never on the wire.
inline constexpr std::uint16_t kCloseAbnormal = 1006;
inline constexpr std::uint16_t kCloseInvalidPayload = 1007;
inline constexpr std::uint16_t kClosePolicyViolation = 1008;
inline constexpr std::uint16_t kCloseMessageTooBig = 1009;
inline constexpr std::uint16_t kCloseInternalError = 1011;

/// True when a close frame may carry this code: registered ones, and 3000..4999 for applications.
/// Source: RFC 6455 section 7.4.2; 1012..1014 from IANA's WebSocket Close Code Number Registry.
[[nodiscard]] bool is_close_code_on_wire(std::uint16_t code) noexcept;

}  // namespace k2::ws
