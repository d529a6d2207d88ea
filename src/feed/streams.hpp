// The streams that K2 subscribes to: their names, and the requests that subscribe and unsubscribe
// them.
#pragma once

#include "core/symbol.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace k2::feed {

enum class StreamKind : std::uint8_t {
  /// Every trade: the tape.
  kTrade,
  /// Candles of a minute: for the audit.
  kKline1m,
};

/// "btcusdt@trade".
[[nodiscard]] std::string stream_name(StreamKind kind, Symbol const& symbol);

/// "/stream?streams=a@trade/b@trade&timeUnit=MICROSECOND", names percent-encoded.
[[nodiscard]] std::string stream_target(StreamKind kind, std::span<Symbol const> symbols);

/// {"method":"SUBSCRIBE","params":["a@trade",...],"id":N}
[[nodiscard]] std::string subscribe_request(StreamKind kind, std::span<Symbol const> symbols,
                                            std::uint64_t id);
/// {"method":"UNSUBSCRIBE","params":["a@trade",...],"id":N}
[[nodiscard]] std::string unsubscribe_request(StreamKind kind, std::span<Symbol const> symbols,
                                              std::uint64_t id);

}  // namespace k2::feed
