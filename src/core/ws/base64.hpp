// Base64 (RFC 4648 section 4) as far as the WebSocket handshake needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace k2::ws {

/// The bytes in base64, padded with '='.
[[nodiscard]] std::string to_base64(std::span<std::uint8_t const> bytes);

/// True when the text is padded base64 of exactly `size` bytes.
[[nodiscard]] bool is_base64_of(std::string_view text, std::size_t size) noexcept;

}  // namespace k2::ws
