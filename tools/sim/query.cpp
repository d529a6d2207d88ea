#include "tools/sim/query.hpp"

namespace k2::sim {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string_view> Target::find(std::string_view name) const {
  for (auto const& [key, text] : parameters) {
    if (key == name) return text;
  }
  return std::nullopt;
}

Target parse_target(std::string_view text) {
  Target target;
  auto const question = text.find('?');
  target.path = percent_decoded(text.substr(0, question));
  if (question == std::string_view::npos) return target;
  std::string_view query = text.substr(question + 1);
  while (!query.empty()) {
    auto const end = query.find('&');
    std::string_view const pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    auto const equals = pair.find('=');
    std::string_view const text_of =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    target.parameters.emplace_back(percent_decoded(pair.substr(0, equals)),
                                   percent_decoded(text_of));
  }
  return target;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    int const high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int const low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      decoded.push_back(text[i]);
      continue;
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

}  // namespace k2::sim
