// The contents of /exchangeInfo: the limits that the budgets obey, and the listed symbols.
// RestReader makes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::feed {

struct RateLimit {
  /// "REQUEST_WEIGHT", "RAW_REQUESTS", "ORDERS" or what may come.
  std::string type;
  std::chrono::seconds interval{};
  std::uint64_t limit = 0;

  friend bool operator==(RateLimit const&, RateLimit const&) = default;
};

struct ListedSymbol {
  std::string name;
  /// "TRADING", "HALT", "BREAK", ...; anything but the first means that nothing trades now.
  std::string status;
  std::string base_asset;
  /// The currency that prices are in.
  std::string quote_asset;

  [[nodiscard]] bool trading() const noexcept { return status == "TRADING"; }
  friend bool operator==(ListedSymbol const&, ListedSymbol const&) = default;
};

struct ExchangeInfo {
  std::vector<RateLimit> rate_limits;
  std::vector<ListedSymbol> symbols;

  /// The budget of request weight per minute, when the exchange named one.
  [[nodiscard]] std::optional<std::uint64_t> weight_per_minute() const noexcept;
  /// The entry of a symbol in the exchange's spelling, or null.
  [[nodiscard]] ListedSymbol const* find(std::string_view name) const noexcept;
};

}  // namespace k2::feed
