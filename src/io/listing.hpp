// The exchange's list, queried before anything streams: whether the symbols exist, the currency of
// their prices, and the REST weight limit. Blocks its caller.
#pragma once

#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/exchange_info.hpp"
#include "io/rest_caller.hpp"

#include <optional>
#include <span>

namespace k2::io {

/// Requests the symbols; when the exchange refuses one of them, or none is named, requests all that
/// it lists.
/// Errors: those of RestCaller::get; kJsonSyntax, kFieldMissing, kFieldInvalid.
[[nodiscard]] Result<feed::ExchangeInfo> fetch_listing(RestCaller& rest,
                                                       std::span<Symbol const> symbols);

/// The id behind the newest trade; nothing when there was never one.
/// Errors: those of RestCaller::get; kJsonSyntax, kFieldInvalid.
[[nodiscard]] Result<std::optional<TradeId>> fetch_next_id(RestCaller& rest, Symbol const& symbol);

/// The first trade at or after a moment; nothing when there is none yet.
/// Errors: those of RestCaller::get; kJsonSyntax.
[[nodiscard]] Result<std::optional<TradeId>> fetch_first_id(RestCaller& rest, Symbol const& symbol,
                                                            UtcTime from);

}  // namespace k2::io
