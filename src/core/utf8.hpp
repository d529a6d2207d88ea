// UTF-8 validation as RFC 3629 defines it (no overlong forms, no surrogates, nothing above
// U+10FFFF), incremental so that a message may arrive in fragments.
#pragma once

#include <cstdint>
#include <string_view>

namespace k2 {

class Utf8Validator {
 public:
  /// Takes the next bytes; false as soon as no continuation could make the text valid.
  [[nodiscard]] bool feed(std::string_view bytes) noexcept;
  /// True when what was fed so far ends on a code point's border.
  [[nodiscard]] bool complete() const noexcept { return pending_ == 0 && !failed_; }
  void reset() noexcept { *this = Utf8Validator{}; }

 private:
  std::uint8_t pending_ = 0;   // continuation bytes still due
  std::uint8_t lower_ = 0x80;  // bounds of the next continuation byte
  std::uint8_t upper_ = 0xBF;
  bool failed_ = false;
};

/// True when the whole text is valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace k2
