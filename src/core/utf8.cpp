#include "core/utf8.hpp"

#include <cstring>

namespace k2 {

bool Utf8Validator::feed(std::string_view bytes) noexcept {
  if (failed_) return false;
  char const* at = bytes.data();
  char const* const end = at + bytes.size();
  while (at != end) {
    if (pending_ == 0) {
      // Eight ASCII bytes at a time: market data is almost nothing else.
      std::uint64_t word = 0;
      while (end - at >= 8 && (std::memcpy(&word, at, 8), (word & 0x8080808080808080U) == 0)) {
        at += 8;
      }
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
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace k2
