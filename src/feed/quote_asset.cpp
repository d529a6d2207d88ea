#include "feed/quote_asset.hpp"

#include <array>

namespace k2::feed {

std::string_view guess_quote_asset(std::string_view symbol) noexcept {
  static constexpr std::array<std::string_view, 38> kCurrencies{
      "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "USDS", "USD1", "AEUR", "EURI",
      "BTC",  "ETH",  "BNB",   "SOL",  "XRP",  "TRX",  "DOGE", "DOT",  "DAI",  "PAX",
      "UST",  "VAI",  "BIDR",  "BVND", "IDRT", "AUD",  "BRL",  "EUR",  "GBP",  "JPY",
      "MXN",  "NGN",  "PLN",   "RON",  "RUB",  "TRY",  "UAH",  "ZAR"};
  std::string_view longest{"UNKNOWN"};
  std::size_t longest_size = 0;
  for (std::string_view const currency : kCurrencies) {
    if (symbol.size() > currency.size() && symbol.ends_with(currency) &&
        currency.size() > longest_size) {
      longest = currency;
      longest_size = currency.size();
    }
  }
  return longest;
}

}  // namespace k2::feed
