#include "watch/request_host.hpp"

#include <algorithm>

namespace k2::watch {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Four numbers with dots: browsers read such a text as an address, never as a name.
bool is_ipv4(std::string_view text) {
  int numbers = 0;
  while (true) {
    std::string_view const number = text.substr(0, text.find('.'));
    if (number.empty() || number.size() > 3 || !std::ranges::all_of(number, is_digit)) return false;
    ++numbers;
    if (number.size() == text.size()) return numbers == 4;
    text.remove_prefix(number.size() + 1);
  }
}

bool equal(std::string_view left, std::string_view right) {
  auto const lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool is_port(std::string_view text) {
  return text.empty() || (text.front() == ':' && std::ranges::all_of(text.substr(1), is_digit));
}

}  // namespace

bool is_own_host(std::string_view host, std::span<std::string const> names) {
  if (host.empty()) return true;
  if (host.front() == '[') {
    auto const end = host.find(']');
    return end != host.npos && is_port(host.substr(end + 1));
  }
  std::string_view const name = host.substr(0, host.find(':'));
  if (!is_port(host.substr(name.size()))) return false;
  return is_ipv4(name) || equal(name, "localhost") ||
         std::ranges::any_of(names, [&](std::string const& own) { return equal(name, own); });
}

}  // namespace k2::watch
