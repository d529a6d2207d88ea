// A fast parser for the one layout in which the exchange sends trades on a combined stream:
//   {"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":2,"p":"3.00000000",
//    "q":"4.00000000","T":5,"m":true,"M":true}}            (on one line, without blanks)
// It gives up at the first unexpected byte, and the general parser reads the frame instead. It may
// refuse any frame, but what it accepts equals the result of the general parser.
#pragma once

#include "core/trade.hpp"
#include "feed/stream_names.hpp"

#include <string_view>

namespace k2::feed {

/// Reads the frame, behind which 64 bytes must be readable, into `out`; false, with `out` partly
/// written, when the general parser must read it.
[[nodiscard]] bool read_exact_trade(std::string_view frame, StreamNames const& names,
                                    UtcTime received_at, Trade& out) noexcept;

}  // namespace k2::feed
