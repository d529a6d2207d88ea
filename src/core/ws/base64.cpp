#include "core/ws/base64.hpp"

namespace k2::ws {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::span<std::uint8_t const> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto const held = bytes.size() - at < 3 ? bytes.size() - at : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8U | (i < held ? bytes[at + i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      text.push_back(i <= held ? kAlphabet[group >> (6 * (3 - i)) & 0x3FU] : '=');
    }
  }
  return text;
}

bool is_base64_of(std::string_view text, std::size_t size) noexcept {
  if (text.size() != (size + 2) / 3 * 4) return false;
  auto const padding = (3 - size % 3) % 3;
  auto const letters = text.size() - padding;
  return text.substr(0, letters).find_first_not_of(kAlphabet) == std::string_view::npos &&
         text.substr(letters).find_first_not_of('=') == std::string_view::npos;
}

}  // namespace k2::ws
