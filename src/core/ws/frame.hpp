// The terms of a WebSocket frame (RFC 6455 section 5.2) that decoder and encoder share: the role of
// the sender, the kind of the frame, and the sizes that the protocol itself fixes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace k2::ws {

/// The role of the side that owns the decoder or encoder: it decides who masks.
enum class Role : std::uint8_t { kClient, kServer };

/// Source: RFC 6455 section 5.2; 3..7 and 11..15 are reserved and refused.
enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

/// The longest payload of a close, ping or pong.
/// Source: RFC 6455 section 5.5.
inline constexpr std::size_t kControlBytesMax = 125;

/// The longest reason of a close: a control payload less its two bytes of code.
inline constexpr std::size_t kCloseReasonBytesMax = kControlBytesMax - 2;

/// The longest header: two bytes, a 64-bit length and a masking key.
inline constexpr std::size_t kHeaderBytesMax = 14;

/// True for close, ping and pong, which may come between the fragments of a message.
[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

}  // namespace k2::ws
