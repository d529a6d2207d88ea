// A stored trade in the form that tables take: TradeV2 without its map, of which K2 only ever
// writes the origin, and with the generation of its tape. Some readers of Avro know no maps. Pure.
#pragma once

#include "sink/trade_record.hpp"

#include <string>
#include <string_view>

namespace k2::sink {

/// The Avro schema of the flat form.
[[nodiscard]] std::string_view flat_trade_schema() noexcept;

/// "rest" for a trade that came by backfill, else "stream".
[[nodiscard]] std::string_view origin_name(TradeRecord const& record) noexcept;

/// Appends the record as a datum of flat_trade_schema().
void append_flat_datum(TradeRecord const& record, std::string& out);

}  // namespace k2::sink
