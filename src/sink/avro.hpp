// Avro's binary encoding, the few pieces that TradeV2 and its containers need: zigzag varints,
// length-prefixed bytes, and decimals as minimal big-endian two's complement.
// Pure; the writing half has no bounds of its own: its caller provides the room.
#pragma once

#include "core/errc.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace k2::sink {

/// Longest encoding of a long. Units: bytes.
inline constexpr std::size_t kLongBytesMax = 10;
/// Longest encoding of a decimal with its length; write_decimal may scribble up to here.
inline constexpr std::size_t kDecimalBytesMax = 9;

/// Writes a long (zigzag, then base 128) and returns the byte behind it.
/// Source: Avro 1.11 specification, "Binary Encoding".
inline char* write_long(char* to, std::int64_t number) noexcept {
  auto rest = (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
  while (rest >= 0x80) {
    *to++ = static_cast<char>(rest | 0x80);
    rest >>= 7;
  }
  *to++ = static_cast<char>(rest);
  return to;
}

/// Copies raw bytes and returns the byte behind them.
inline char* write_raw(char* to, std::string_view bytes) noexcept {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

/// Writes the mantissa as a decimal's bytes, length first, in as few bytes as hold its sign.
inline char* write_decimal(char* to, std::int64_t mantissa) noexcept {
  auto const raw = static_cast<std::uint64_t>(mantissa);
  auto const magnitude = static_cast<std::uint64_t>(mantissa ^ (mantissa >> 63));
  auto const size = static_cast<unsigned>(64 - std::countl_zero(magnitude)) / 8 + 1;
  *to = static_cast<char>(size << 1);
  std::uint64_t const big_endian = __builtin_bswap64(raw << (64 - 8 * size));
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(to + 1, &big_endian, sizeof big_endian);
  return to + 1 + size;
}

/// Appends a long to a growing buffer.
void append_long(std::int64_t number, std::string& out);
/// Appends a string or bytes with their length.
void append_bytes(std::string_view bytes, std::string& out);

/// Reads what the writers write from untrusted bytes, never past their end. After a failure the
/// place is unspecified.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  /// False when the bytes end inside the number or it needs more than 64 bits.
  [[nodiscard]] bool read_long(std::int64_t& number) noexcept;
  /// False when the length is negative or reaches past the end; the view points into the input.
  [[nodiscard]] bool read_bytes(std::string_view& bytes) noexcept;
  /// False when the value does not fit 64 bits.
  [[nodiscard]] bool read_decimal(std::int64_t& mantissa) noexcept;

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  [[nodiscard]] char const* place() const noexcept { return at_; }

 private:
  char const* at_;
  char const* end_;
};

}  // namespace k2::sink
