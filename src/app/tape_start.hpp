// Decides where tapes start that the journal does not hold yet: at the first live trade, or at
// older ones on request, by time (`--since`) or by id (`--from-id`). Pure.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <variant>

namespace k2::app {

/// A moment, or how long before the start.
using Since = std::variant<UtcTime, std::chrono::nanoseconds>;

struct TapeStart {
  std::optional<Since> since;
  std::map<Symbol, TradeId> from_id;
};

/// Reads "2026-11-01", "2026-11-01T12:00:00Z" or "6h".
/// Errors: kConfigInvalid.
[[nodiscard]] Result<Since> parse_since(std::string_view text);

/// Reads "BTCUSDT=3735683259,ETHUSDT=12".
/// Errors: kConfigInvalid, with the part that is wrong.
[[nodiscard]] Result<std::map<Symbol, TradeId>> parse_from_id(std::string_view text);

/// The moment that is meant when the clock shows `now`.
[[nodiscard]] UtcTime moment(Since const& since, UtcTime now);

}  // namespace k2::app
