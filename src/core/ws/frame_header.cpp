#include "core/ws/frame_header.hpp"

#include <cstddef>
#include <cstring>

namespace k2::ws {
namespace {

std::uint16_t load_16(char const* at) noexcept {
  std::uint16_t value = 0;
  std::memcpy(&value, at, 2);
  return __builtin_bswap16(value);
}

std::uint32_t load_32(char const* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 4);
  return __builtin_bswap32(value);
}

std::uint64_t load_64(char const* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, 8);
  return __builtin_bswap64(value);
}

Violation check_first_two(std::uint8_t first, std::uint8_t second, FrameContext const& context) {
  if ((first & 0x70U) != 0) return Violation::kReservedBits;
  auto const opcode = first & 0x0FU;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return Violation::kReservedOpcode;
  if (opcode >= 8) {
    if ((first & 0x80U) == 0) return Violation::kControlFragmented;
    auto const length = second & 0x7FU;
    if (length > kControlBytesMax) return Violation::kControlTooLong;
    if (opcode == 8 && length == 1) return Violation::kCloseTooShort;
  } else if (opcode == 0) {
    if (!context.message_open) return Violation::kContinuationUnexpected;
  } else if (context.message_open) {
    return Violation::kMessageInterrupted;
  }
  bool const masked = (second & 0x80U) != 0;
  if (context.role == Role::kServer && !masked) return Violation::kMaskMissing;
  if (context.role == Role::kClient && masked) return Violation::kMaskUnexpected;
  return Violation::kNone;
}

}  // namespace

Violation parse_frame_header(std::span<char const> bytes, FrameContext const& context,
                             FrameHeader& out) noexcept {
  out.size = 0;
  if (bytes.size() < 2) return Violation::kNone;
  auto const first = static_cast<std::uint8_t>(bytes[0]);
  auto const second = static_cast<std::uint8_t>(bytes[1]);
  auto const broken = check_first_two(first, second, context);
  if (broken != Violation::kNone) return broken;

  std::size_t size = 2;
  std::uint64_t length = second & 0x7FU;
  if (length == 126) {
    size = 4;
    if (bytes.size() < size) return Violation::kNone;
    length = load_16(bytes.data() + 2);
    if (length < 126) return Violation::kLengthNotMinimal;
  } else if (length == 127) {
    size = 10;
    if (bytes.size() < size) return Violation::kNone;
    length = load_64(bytes.data() + 2);
    if (length > UINT64_MAX / 2) return Violation::kLengthTopBit;
    if (length <= UINT16_MAX) return Violation::kLengthNotMinimal;
  }
  out.opcode = static_cast<Opcode>(first & 0x0FU);
  if (!is_control(out.opcode) && length > context.payload_bytes_max) {
    return Violation::kMessageTooBig;
  }
  out.fin = (first & 0x80U) != 0;
  out.masked = (second & 0x80U) != 0;
  out.payload_bytes = length;
  if (out.masked) {
    if (bytes.size() < size + 4) return Violation::kNone;
    out.masking_key = load_32(bytes.data() + size);
    size += 4;
  }
  out.size = static_cast<std::uint8_t>(size);
  return Violation::kNone;
}

}  // namespace k2::ws
