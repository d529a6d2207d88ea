#include "feed/rest_requests.hpp"

namespace k2::feed {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

std::string symbol_query(std::string_view path, Symbol const& symbol, std::uint32_t limit) {
  std::string target{path};
  target.append("?symbol=").append(percent_encoded(symbol.text()));
  target.append("&limit=").append(std::to_string(limit));
  return target;
}

}  // namespace

std::string trades_target(Symbol const& symbol, std::uint32_t limit) {
  return symbol_query("/api/v3/trades", symbol, limit);
}

std::string historical_trades_target(Symbol const& symbol, TradeId from, std::uint32_t limit) {
  return symbol_query("/api/v3/historicalTrades", symbol, limit)
      .append("&fromId=")
      .append(std::to_string(value(from)));
}

std::string agg_trades_target(Symbol const& symbol, UtcTime from, std::uint32_t limit) {
  auto const from_ms = std::chrono::ceil<std::chrono::milliseconds>(from.time_since_epoch());
  return symbol_query("/api/v3/aggTrades", symbol, limit)
      .append("&startTime=")
      .append(std::to_string(from_ms.count()));
}

std::string exchange_info_target(std::span<Symbol const> symbols) {
  std::string target{"/api/v3/exchangeInfo"};
  if (symbols.empty()) return target;
  std::string list;
  for (Symbol const& symbol : symbols) {
    list.append(list.empty() ? "[\"" : ",\"").append(symbol.text()).append("\"");
  }
  return target.append("?symbols=").append(percent_encoded(list.append("]")));
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (char const c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    encoded.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
  }
  return encoded;
}

}  // namespace k2::feed
