// What the exchange lists, asked once at start-up before anything streams: do the symbols exist,
// in which currency are their prices, how much REST weight may be spent. Blocks its caller.
#pragma once

#include "core/symbol.hpp"
#include "feed/exchange_info.hpp"
#include "io/https_client.hpp"

#include <span>
#include <string>
#include <vector>

namespace k2::io {

struct Listing {
  feed::ExchangeInfo info;
  /// Symbols that the exchange does not know, in its own spelling.
  std::vector<std::string> unknown;
};

/// Asks for the symbols; when the exchange refuses one of them, for all, to name the unknown ones.
/// Errors: those of HttpsClient::get, kHttpStatus, kRateLimited, kExchangeError, kJsonSyntax.
[[nodiscard]] Result<Listing> fetch_listing(HttpsClientOptions const& rest,
                                            std::span<Symbol const> symbols);

}  // namespace k2::io
