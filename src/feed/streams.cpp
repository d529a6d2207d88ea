#include "feed/streams.hpp"

#include <fmt/format.h>

#include <string_view>

namespace k2::feed {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~' || c == '@';
}

void append_encoded(std::string_view text, std::string& out) {
  for (char const c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

std::string request(std::string_view method, StreamKind kind, std::span<Symbol const> symbols,
                    std::uint64_t id) {
  std::string text = fmt::format(R"({{"method":"{}","params":[)", method);
  bool first = true;
  for (Symbol const& symbol : symbols) {
    if (!first) text.push_back(',');
    first = false;
    text.append("\"").append(stream_name(kind, symbol)).append("\"");
  }
  text.append(fmt::format(R"(],"id":{}}})", id));
  return text;
}

}  // namespace

std::string stream_name(StreamKind kind, Symbol const& symbol) {
  return symbol.lower() + (kind == StreamKind::kTrade ? "@trade" : "@kline_1m");
}

std::string stream_target(StreamKind kind, std::span<Symbol const> symbols) {
  std::string target{"/stream?streams="};
  bool first = true;
  for (Symbol const& symbol : symbols) {
    if (!first) target.push_back('/');
    first = false;
    append_encoded(stream_name(kind, symbol), target);
  }
  target.append("&timeUnit=MICROSECOND");
  return target;
}

std::string subscribe_request(StreamKind kind, std::span<Symbol const> symbols, std::uint64_t id) {
  return request("SUBSCRIBE", kind, symbols, id);
}

std::string unsubscribe_request(StreamKind kind, std::span<Symbol const> symbols,
                                std::uint64_t id) {
  return request("UNSUBSCRIBE", kind, symbols, id);
}

}  // namespace k2::feed
