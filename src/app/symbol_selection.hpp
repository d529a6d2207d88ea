// The user's selection of symbols to record: symbols by name, and all that trade against some
// currency (`all:USDT`), which only the exchange's own list resolves to names. Pure.
#pragma once

#include "core/result.hpp"
#include "core/symbol.hpp"
#include "feed/exchange_info.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace k2::app {

/// The most symbols of one process. Chosen: more than the exchange lists.
inline constexpr std::size_t kSymbolsMax = 5'000;

struct SymbolSelection {
  std::vector<Symbol> named;
  /// Currencies of which every trading symbol is meant, in upper case; empty text for all of them.
  std::vector<std::string> quotes;

  [[nodiscard]] bool empty() const noexcept { return named.empty() && quotes.empty(); }
  /// True when a pattern selects symbols that are priced in this currency.
  [[nodiscard]] bool takes_quote(std::string_view quote_asset) const;
  friend bool operator==(SymbolSelection const&, SymbolSelection const&) = default;
};

/// Reads "BTCUSDT,ETHUSDT", "all:USDT,BTCEUR" or "all".
/// Errors: kConfigInvalid, with the part that is wrong.
[[nodiscard]] Result<SymbolSelection> parse_selection(std::string_view text);

/// A text that parse_selection reads back as the same.
[[nodiscard]] std::string selection_text(SymbolSelection const& selection);

/// The names of symbols whose tapes are held already.
using HeldSymbols = std::set<std::string, std::less<>>;

/// The named symbols, and behind them, by name, all that the patterns mean: symbols that trade, and
/// those that are held, for they may only be halted. Listed names that no stream can have are left
/// out and put into `unusable`.
[[nodiscard]] std::vector<Symbol> selected_symbols(SymbolSelection const& selection,
                                                   feed::ExchangeInfo const& info,
                                                   HeldSymbols const& held,
                                                   std::vector<std::string>* unusable = nullptr);

}  // namespace k2::app
