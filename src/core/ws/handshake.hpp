// The parts of the opening handshake (RFC 6455 section 4) that both sides share: the key, the
// answer to it, and the progress of a handshake that is read piece by piece.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace k2::ws {

/// The 16 bytes, drawn at random by the caller, that make each handshake its own.
using HandshakeNonce = std::array<std::uint8_t, 16>;

enum class HandshakeStatus : std::uint8_t { kDone, kNeedMore, kFailed };

/// The Sec-WebSocket-Key of a nonce.
[[nodiscard]] std::string handshake_key(HandshakeNonce const& nonce);

/// The Sec-WebSocket-Accept that answers a key.
/// Source: RFC 6455 section 4.2.2, step 5.4.
[[nodiscard]] std::string handshake_accept(std::string_view key);

}  // namespace k2::ws
