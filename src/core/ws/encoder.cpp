#include "core/ws/encoder.hpp"

#include "core/assert.hpp"
#include "core/ws/close_code.hpp"
#include "core/ws/mask.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace k2::ws {
namespace {

char byte_of(std::uint64_t value, unsigned shift) noexcept {
  return static_cast<char>(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

void append_frame(Role role, Opcode opcode, std::string_view payload, std::uint32_t masking_key,
                  std::string& out) {
  append_fragment(role, opcode, true, payload, masking_key, out);
}

void append_fragment(Role role, Opcode opcode, bool fin, std::string_view payload,
                     std::uint32_t masking_key, std::string& out) {
  K2_ASSERT(!is_control(opcode) || (fin && payload.size() <= kControlBytesMax));
  auto const mask_bit = role == Role::kClient ? 0x80U : 0U;
  std::array<char, kHeaderBytesMax> header{};
  std::size_t size = 0;
  header[size++] = byte_of((fin ? 0x80U : 0U) | static_cast<std::uint8_t>(opcode), 0);
  if (payload.size() < 126) {
    header[size++] = byte_of(mask_bit | payload.size(), 0);
  } else if (payload.size() <= UINT16_MAX) {
    header[size++] = byte_of(mask_bit | 126U, 0);
    for (unsigned shift = 16; shift > 0; shift -= 8) {
      header[size++] = byte_of(payload.size(), shift - 8);
    }
  } else {
    header[size++] = byte_of(mask_bit | 127U, 0);
    for (unsigned shift = 64; shift > 0; shift -= 8) {
      header[size++] = byte_of(payload.size(), shift - 8);
    }
  }
  if (role == Role::kClient) {
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      header[size++] = byte_of(masking_key, shift - 8);
    }
  }
  out.append(header.data(), size).append(payload);
  if (role == Role::kClient) {
    apply_mask(std::span{out}.last(payload.size()), masking_key);
  }
}

void append_close(Role role, std::uint16_t code, std::string_view reason, std::uint32_t masking_key,
                  std::string& out) {
  if (code == kCloseNoStatus) {
    append_frame(role, Opcode::kClose, {}, masking_key, out);
    return;
  }
  K2_ASSERT(is_close_code_on_wire(code));
  auto length = reason.size();
  if (length > kCloseReasonBytesMax) {
    length = kCloseReasonBytesMax;
    while (length > 0 && (static_cast<std::uint8_t>(reason[length]) & 0xC0U) == 0x80U) --length;
  }
  std::array<char, kControlBytesMax> payload{byte_of(code, 8), byte_of(code, 0)};
  reason.copy(payload.data() + 2, length);
  append_frame(role, Opcode::kClose, {payload.data(), length + 2}, masking_key, out);
}

}  // namespace k2::ws
