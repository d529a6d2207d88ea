#include "core/printable.hpp"

#include "core/utf8.hpp"

#include <array>
#include <cstdint>

namespace k2 {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

/// Returns the number of bytes of the code point that begins here; 1 where there is none.
std::size_t length_at(std::string_view text) {
  auto const first = static_cast<unsigned char>(text.front());
  std::size_t const length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return length <= text.size() && is_utf8(text.substr(0, length)) ? length : 1;
}

std::uint32_t code_point(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes.front());
  std::uint32_t code = static_cast<unsigned char>(bytes.front()) & (0x7FU >> bytes.size());
  for (char const byte : bytes.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return code;
}

struct CodeRange {
  std::uint32_t first, last;
};

// Source: Unicode 15, general categories Cc, Cf, Zl and Zp, and the tags of plane 14.
constexpr std::array kHidden{
    CodeRange{0x00, 0x1F},     CodeRange{0x7F, 0x9F},       CodeRange{0xAD, 0xAD},
    CodeRange{0x600, 0x605},   CodeRange{0x61C, 0x61C},     CodeRange{0x6DD, 0x6DD},
    CodeRange{0x70F, 0x70F},   CodeRange{0x180E, 0x180E},   CodeRange{0x200B, 0x200F},
    CodeRange{0x2028, 0x202E}, CodeRange{0x2060, 0x206F},   CodeRange{0xFEFF, 0xFEFF},
    CodeRange{0xFFF9, 0xFFFB}, CodeRange{0xE0000, 0xE0FFF},
};

bool is_hidden(std::uint32_t code) {
  for (CodeRange const& range : kHidden) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

void append_hex(std::uint32_t number, std::string& out) {
  std::string digits;
  for (; number > 0 || digits.size() < 2; number >>= 4) digits.insert(0, 1, kDigits[number & 0xF]);
  out += digits;
}

}  // namespace

std::string printable(std::string_view text, bool keep_breaks) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const bytes = text.substr(0, length_at(text));
    text.remove_prefix(bytes.size());
    auto const code = code_point(bytes);
    if (bytes.size() == 1 && code >= 0x80) {
      out += "\\x";
      append_hex(code, out);
    } else if (is_hidden(code) && !(keep_breaks && code == '\n')) {
      out += "\\u{";
      append_hex(code, out);
      out += '}';
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace k2
