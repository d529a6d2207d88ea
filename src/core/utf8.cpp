#include "core/utf8.hpp"

#include <cstring>

namespace k2 {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

std::uint64_t word_at(char const* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  return word;
}

// All bits of 32 bytes laid over each other; compilers make two vector loads of it.
std::uint64_t block_at(char const* at) noexcept {
  return word_at(at) | word_at(at + 8) | word_at(at + 16) | word_at(at + 24);
}

// Returns true for plain ASCII, as market data nearly always is: 32 bytes a step, and the last
// bytes by a load that overlaps the one before, so that no length needs a loop over bytes.
bool is_ascii(std::string_view text) noexcept {
  char const* at = text.data();
  char const* const end = at + text.size();
  if (text.size() < 8) {
    std::uint64_t seen = 0;
    for (; at != end; ++at) seen |= static_cast<std::uint8_t>(*at);
    return (seen & kHighBits) == 0;
  }
  std::uint64_t seen = word_at(end - 8);
  for (; end - at >= 32; at += 32) {
    seen |= block_at(at);
    if ((seen & kHighBits) != 0) return false;
  }
  for (; end - at >= 8; at += 8) seen |= word_at(at);
  return (seen & kHighBits) == 0;
}

}  // namespace

bool Utf8Validator::feed(std::string_view bytes) noexcept {
  if (failed_) return false;
  char const* at = bytes.data();
  char const* const end = at + bytes.size();
  while (at != end) {
    if (pending_ == 0) {
      while (end - at >= 32 && (block_at(at) & kHighBits) == 0) at += 32;
      while (end - at >= 8 && (word_at(at) & kHighBits) == 0) at += 8;
      if (at == end) break;
    }
    auto const byte = static_cast<std::uint8_t>(*at++);
    if (pending_ > 0) {
      if (byte < lower_ || byte > upper_) return !(failed_ = true);
      lower_ = 0x80;
      upper_ = 0xBF;
      --pending_;
    } else if (byte < 0x80) {
      continue;
    } else if (byte >= 0xC2 && byte <= 0xDF) {
      pending_ = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
      pending_ = 2;
      if (byte == 0xE0) lower_ = 0xA0;
      if (byte == 0xED) upper_ = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
      pending_ = 3;
      if (byte == 0xF0) lower_ = 0x90;
      if (byte == 0xF4) upper_ = 0x8F;
    } else {
      return !(failed_ = true);
    }
  }
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  if (is_ascii(text)) return true;
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace k2
