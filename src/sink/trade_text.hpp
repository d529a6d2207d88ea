// A stored trade as text: a row in the columns of the exchange's own trades files, or a JSON line
// with TradeV2's field names. Pure; prices stay exact.
#pragma once

#include "sink/trade_record.hpp"

#include <string>
#include <string_view>

namespace k2::sink {

/// The columns of append_table_row(), with a line break.
inline constexpr std::string_view kTableHeader =
    "symbol,id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch,tape_generation\n";

/// Appends a row of kTableHeader's columns: as append_csv_row(), between the symbol and the
/// generation of its tape and with the truth values that tools take for such.
void append_table_row(TradeRecord const& record, std::string& out);

/// Appends `id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch` and a line break. The time is in
/// microseconds, quoteQty is price times quantity with what lies behind the eighth place cut off,
/// and isBestMatch is True, as in all of the exchange's files since it means nothing any more.
/// Source: the exchange's README of its public data, spot trades (read 2026-11-23).
void append_csv_row(TradeRecord const& record, std::string& out);

/// Appends the record as one JSON object and a line break, in which each field has the same type in
/// every line, so that tools may infer it from a few: decimals as strings, times as integer
/// microseconds, the conditions as one string with commas, the origin in place of vendor_data, the
/// tape's generation, and 0 for an event_timestamp that the exchange did not send.
void append_flat_json_line(TradeRecord const& record, std::string& out);

/// Appends the record as one JSON object with TradeV2's fields as they are and a line break:
/// decimals as strings, times as integer microseconds, what is absent as null.
void append_json_line(TradeRecord const& record, std::string& out);

}  // namespace k2::sink
