#include "app/symbol_selection.hpp"

#include "app/setting_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace k2::app {
namespace {

constexpr std::string_view kAll = "ALL";

/// The currency of "all:USDT", the empty text of "all"; nothing for a name.
std::optional<std::string> pattern_quote(std::string_view part) {
  std::string upper{part};
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (!upper.starts_with(kAll)) return std::nullopt;
  if (upper.size() == kAll.size()) return std::string{};
  if (upper[kAll.size()] != ':') return std::nullopt;
  return upper.substr(kAll.size() + 1);
}

Error invalid(std::string const& detail) {
  return Error{Errc::kConfigInvalid, detail};
}

}  // namespace

bool SymbolSelection::takes_quote(std::string_view quote_asset) const {
  return std::ranges::any_of(
      quotes, [&](std::string const& quote) { return quote.empty() || quote == quote_asset; });
}

Result<SymbolSelection> parse_selection(std::string_view text) {
  SymbolSelection selection;
  for (auto const part : split_list(text)) {
    auto const quote = pattern_quote(part);
    if (quote && quote->empty() && part.size() > kAll.size()) {
      return invalid(
          fmt::format("'{}' names no currency; all:USDT is every symbol priced in USDT", part));
    }
    if (quote) {
      if (std::ranges::find(selection.quotes, *quote) != selection.quotes.end()) {
        return invalid(fmt::format("'{}' is named twice", part));
      }
      selection.quotes.push_back(*quote);
      continue;
    }
    auto const symbol = Symbol::parse(part);
    if (!symbol) return invalid(fmt::format("'{}': {}", part, symbol.error().detail));
    if (std::ranges::find(selection.named, *symbol) != selection.named.end()) {
      return invalid(fmt::format("'{}' is named twice", part));
    }
    selection.named.push_back(*symbol);
  }
  return selection;
}

std::string selection_text(SymbolSelection const& selection) {
  std::vector<std::string> parts;
  parts.reserve(selection.named.size() + selection.quotes.size());
  for (Symbol const& symbol : selection.named) parts.push_back(symbol.text());
  for (std::string const& quote : selection.quotes) {
    parts.push_back(quote.empty() ? "all" : "all:" + quote);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

std::vector<Symbol> selected_symbols(SymbolSelection const& selection,
                                     feed::ExchangeInfo const& info, HeldSymbols const& held,
                                     std::vector<std::string>* unusable) {
  std::set<Symbol> const named{selection.named.begin(), selection.named.end()};
  std::vector<Symbol> symbols;
  for (feed::ListedSymbol const& listed : info.symbols) {
    if (!selection.takes_quote(listed.quote_asset)) continue;
    if (!listed.trading() && !held.contains(listed.name)) continue;
    auto const symbol = Symbol::parse(listed.name);
    // Streams are named in lower case: another spelling would be another symbol's name.
    if (!symbol || symbol->text() != listed.name) {
      if (unusable != nullptr) unusable->push_back(listed.name);
    } else if (!named.contains(*symbol)) {
      symbols.push_back(*symbol);
    }
  }
  std::ranges::sort(symbols);
  symbols.insert(symbols.begin(), selection.named.begin(), selection.named.end());
  return symbols;
}

}  // namespace k2::app
