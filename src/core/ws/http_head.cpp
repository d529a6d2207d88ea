#include "core/ws/http_head.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace k2::ws {
namespace {

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

std::string_view trimmed(std::string_view text) noexcept {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A token of RFC 9110 section 5.6.2.
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (lower(letter) >= 'a' && lower(letter) <= 'z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(letter) != std::string_view::npos;
  });
}

bool is_line_text(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char letter) {
    return (static_cast<unsigned char>(letter) < 0x20 && letter != '\t') || letter == 0x7F;
  });
}

Error malformed(std::string_view what) {
  return Error{Errc::kWsHandshake, what};
}

Result<bool> parse(std::string_view head, HttpHead& out) {
  for (bool first = true; !head.empty(); first = false) {
    auto const end = head.find("\r\n");
    auto const line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (!is_line_text(line)) return malformed("control character in the HTTP head");
    if (first) {
      out.start_line = line;
      continue;
    }
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return malformed("HTTP header line without a name");
    }
    if (out.fields.size() == kHeadFieldsMax) return malformed("too many HTTP headers");
    out.fields.push_back(
        {std::string{line.substr(0, colon)}, std::string{trimmed(line.substr(colon + 1))}});
  }
  return true;
}

}  // namespace

HeaderField const* HttpHead::find(std::string_view name) const noexcept {
  for (auto const& field : fields) {
    if (equal_ignoring_case(field.name, name)) return &field;
  }
  return nullptr;
}

std::size_t HttpHead::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](HeaderField const& field) { return equal_ignoring_case(field.name, name); }));
}

bool HttpHead::lists(std::string_view name, std::string_view token) const noexcept {
  for (auto const& field : fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      auto const comma = std::min(rest.find(','), rest.size());
      if (equal_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

Result<bool> take_http_head(ReceiveBuffer& buffer, HttpHead& out) {
  auto const bytes = buffer.readable();
  std::string_view const text{bytes.data(), bytes.size()};
  auto const end = text.substr(0, kHeadBytesMax).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (text.size() >= kHeadBytesMax) return malformed("HTTP head too long");
    return false;
  }
  out = {};
  auto const result = parse(text.substr(0, end + 2), out);
  buffer.consume(end + 4);
  return result;
}

void append_http_fields(std::span<HeaderField const> fields, std::string& out) {
  for (auto const& field : fields) {
    K2_ASSERT(is_token(field.name) && is_line_text(field.value));
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("\r\n");
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace k2::ws
