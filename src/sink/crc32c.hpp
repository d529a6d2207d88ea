// CRC-32C (Castagnoli), the checksum of a journal block: finds any burst of up to 32 flipped bits.
// Uses the processor's instruction where there is one (SSE 4.2), a table elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace k2::sink {

/// The checksum of `bytes` behind what `before` already covers (0 for none).
/// Source: RFC 3720 appendix B.4 (polynomial and test vectors).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// Computes crc32c by table alone, on any processor.
[[nodiscard]] std::uint32_t crc32c_portable(std::string_view bytes,
                                            std::uint32_t before = 0) noexcept;

}  // namespace k2::sink
