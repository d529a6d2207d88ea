// Reads trades out of recordings: the `data` of a trade event, and a row of the official trades
// CSV. Pure. It reads recordings, not data from a socket.
#pragma once

#include "core/result.hpp"
#include "tools/sim/publication.hpp"

#include <string_view>

namespace k2::sim {

/// Reads the `data` of a trade event; `unit` receives the magnitude of its times. The symbol's
/// index is the caller's to set.
/// Errors: kJsonSyntax, kFieldMissing, kFieldInvalid, kDecimalSyntax, kDecimalRange.
[[nodiscard]] Errc parse_trade_event(std::string_view data, PublishedTrade& trade,
                                     TimeUnit& unit) noexcept;

/// Reads `id,price,qty,quoteQty,time,isBuyerMaker[,isBestMatch]`; booleans in either case, times in
/// milliseconds or microseconds, distinguished by magnitude.
/// Errors: kFieldMissing, kFieldInvalid, kDecimalSyntax, kDecimalRange.
/// Source: the official bulk archive's description (read 2026-11-23).
[[nodiscard]] Errc parse_trade_row(std::string_view row, PublishedTrade& trade) noexcept;

/// Parses a whole number that fills the text.
[[nodiscard]] bool parse_number(std::string_view text, std::int64_t& number) noexcept;

/// An instant from a number of milliseconds or microseconds, distinguished by magnitude.
[[nodiscard]] UtcTime time_from_number(std::int64_t number) noexcept;

/// The unit of such a number.
[[nodiscard]] TimeUnit unit_of_number(std::int64_t number) noexcept;

}  // namespace k2::sim
