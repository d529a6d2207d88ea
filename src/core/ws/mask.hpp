// The masking of RFC 6455 section 5.3: an XOR with four bytes, its own inverse, done in place and a
// word at a time.
#pragma once

#include <cstdint>
#include <span>

namespace k2::ws {

/// XORs the bytes with the key; `phase` is the position of bytes[0] within the payload, so that a
/// payload may be handled in pieces.
/// Units: the key's most significant byte is the first on the wire.
void apply_mask(std::span<char> bytes, std::uint32_t masking_key, std::uint64_t phase = 0) noexcept;

}  // namespace k2::ws
