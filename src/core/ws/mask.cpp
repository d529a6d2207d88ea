#include "core/ws/mask.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace k2::ws {

void apply_mask(std::span<char> bytes, std::uint32_t masking_key, std::uint64_t phase) noexcept {
  static_assert(std::endian::native == std::endian::little, "the word below is built for it");
  // Turned so that the byte for bytes[0] comes first, then laid out in memory order, twice.
  auto const turned = std::rotl(masking_key, static_cast<int>(phase % 4) * 8);
  std::uint64_t const half = __builtin_bswap32(turned);
  std::uint64_t const key = half << 32U | half;
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= key;
    std::memcpy(at, &word, 8);
  }
  for (std::uint64_t rest = key; left > 0; --left, ++at, rest >>= 8U) {
    *at = static_cast<char>(static_cast<std::uint8_t>(*at) ^ static_cast<std::uint8_t>(rest));
  }
}

}  // namespace k2::ws
