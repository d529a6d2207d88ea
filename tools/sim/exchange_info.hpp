// GET /api/v3/exchangeInfo: what clients load before anything else. Pure.
#pragma once

#include "core/time.hpp"
#include "tools/sim/rest_budget.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

/// Base and quote of a symbol, cut at the longest known quote asset.
struct AssetPair {
  std::string_view base;
  std::string_view quote;
};
[[nodiscard]] AssetPair split_symbol(std::string_view symbol);

/// Appends the reply for these symbols.
/// Source: the exchange's REST documentation, exchange information, and a recorded reply (2025-08);
/// PRICE_FILTER comes first because clients rely on it.
void append_exchange_info(std::vector<std::string_view> const& symbols, RestLimits const& limits,
                          UtcTime now, std::string& out);

}  // namespace k2::sim
