#include "feed/exchange_info.hpp"

#include <algorithm>

namespace k2::feed {

std::optional<std::uint64_t> ExchangeInfo::weight_per_minute() const noexcept {
  for (RateLimit const& limit : rate_limits) {
    if (limit.type == "REQUEST_WEIGHT" && limit.interval == std::chrono::minutes{1}) {
      return limit.limit;
    }
  }
  return std::nullopt;
}

ListedSymbol const* ExchangeInfo::find(std::string_view name) const noexcept {
  auto const found = std::find_if(symbols.begin(), symbols.end(),
                                  [name](auto const& symbol) { return symbol.name == name; });
  return found == symbols.end() ? nullptr : &*found;
}

}  // namespace k2::feed
