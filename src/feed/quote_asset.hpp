// The currency of a symbol's prices, guessed from its name: only for a start at which the exchange
// could not be queried. Knows the currencies that the exchange quotes in.
#pragma once

#include <string_view>

namespace k2::feed {

/// The longest known currency that the symbol ends with, or "UNKNOWN".
/// Source: quoteAsset values of the exchange's symbol list (recorded 2021-08-14 and 2025-08).
[[nodiscard]] std::string_view guess_quote_asset(std::string_view symbol) noexcept;

}  // namespace k2::feed
