// Decimal digits read eight at a time (SWAR: one 64-bit word as eight bytes). Reads up to eight
// bytes beyond the last digit, which a receive buffer's slack makes safe. Little-endian machines.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace k2::feed {

static_assert(std::endian::native == std::endian::little);

/// Eight bytes of text as digit values, and how many of them, from the first on, are digits.
struct DigitWord {
  std::uint64_t values;
  unsigned count;
};

[[nodiscard]] inline DigitWord load_digits(char const* text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  word ^= 0x3030303030303030U;
  // Adding 0x76 sets the top bit of every byte above 9. A carry can only come out of a byte that
  // is itself above 9, so everything up to the first such byte is right.
  std::uint64_t const above = (word | (word + 0x7676767676767676U)) & 0x8080808080808080U;
  return {word, above == 0 ? 8U : static_cast<unsigned>(std::countr_zero(above)) / 8};
}

/// The number that eight digit values make, the first being the highest.
[[nodiscard]] inline std::uint64_t eight_digits(std::uint64_t values) noexcept {
  values = values * 10 + (values >> 8);
  return (((values & 0x000000FF000000FFU) * 0x000F424000000064U) +
          (((values >> 16) & 0x000000FF000000FFU) * 0x0000271000000001U)) >>
         32;
}

/// The number that the first 1 to 8 digit values make.
[[nodiscard]] inline std::uint64_t leading_digits(DigitWord word) noexcept {
  return eight_digits(word.values << (64 - 8 * word.count));
}

}  // namespace k2::feed
