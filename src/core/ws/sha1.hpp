// SHA-1 (RFC 3174), with which the WebSocket handshake shows that the other side implements the
// protocol. It protects nothing here and must not be used to protect anything.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace k2::ws {

using Sha1Digest = std::array<std::uint8_t, 20>;

/// The digest of the whole text.
[[nodiscard]] Sha1Digest sha1(std::string_view text);

}  // namespace k2::ws
