#include "sink/flat_trade.hpp"

#include "sink/tape_name.hpp"

#include <iterator>

namespace k2::sink {
namespace {

constexpr std::string_view kSchema = R"({
  "type": "record",
  "name": "FlatTrade",
  "namespace": "com.k2.marketdata",
  "doc": "TradeV2 with the origin in place of vendor_data, and the generation of its tape.",
  "fields": [
    {"name": "message_id", "type": "string"},
    {"name": "trade_id", "type": "string"},
    {"name": "symbol", "type": "string"},
    {"name": "exchange", "type": "string"},
    {"name": "asset_class", "type": {"type": "enum", "name": "AssetClass",
      "symbols": ["equities", "crypto", "futures", "options"]}},
    {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal",
      "precision": 38, "scale": 8}},
    {"name": "quantity", "type": {"type": "bytes", "logicalType": "decimal",
      "precision": 38, "scale": 8}},
    {"name": "currency", "type": "string"},
    {"name": "side", "type": {"type": "enum", "name": "TradeSide",
      "symbols": ["BUY", "SELL", "SELL_SHORT", "UNKNOWN"]}},
    {"name": "trade_conditions", "type": {"type": "array", "items": "string"}},
    {"name": "source_sequence", "type": ["null", "long"]},
    {"name": "ingestion_timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "platform_sequence", "type": ["null", "long"]},
    {"name": "origin", "type": "string", "doc": "stream, or rest for backfill"},
    {"name": "event_timestamp", "type": ["null",
      {"type": "long", "logicalType": "timestamp-micros"}]},
    {"name": "tape_generation", "type": "long",
      "doc": "0; one more each time the symbol's tape was restarted"}
  ]
}
)";

void append_time(UtcTime time, std::string& out) {
  append_long(time.time_since_epoch().count(), out);
}

void append_decimal(std::int64_t mantissa, std::string& out) {
  char bytes[kDecimalBytesMax];
  out.append(bytes, write_decimal(bytes, mantissa));
}

void append_optional(std::optional<std::int64_t> number, std::string& out) {
  append_long(number ? 1 : 0, out);
  if (number) append_long(*number, out);
}

}  // namespace

std::string_view flat_trade_schema() noexcept {
  return kSchema;
}

std::string_view origin_name(TradeRecord const& record) noexcept {
  return record.from_rest() ? "rest" : "stream";
}

void append_flat_datum(TradeRecord const& record, std::string& out) {
  append_bytes(record.message_id, out);
  append_bytes(record.trade_id, out);
  append_bytes(record.symbol, out);
  append_bytes(record.exchange, out);
  append_long(static_cast<std::int64_t>(record.asset_class), out);
  append_time(record.timestamp, out);
  append_decimal(record.price.mantissa(), out);
  append_decimal(record.quantity.mantissa(), out);
  append_bytes(record.currency, out);
  append_long(static_cast<std::int64_t>(record.side), out);
  if (!record.trade_conditions.empty()) {
    append_long(std::ssize(record.trade_conditions), out);
    for (auto const& condition : record.trade_conditions) append_bytes(condition, out);
  }
  append_long(0, out);
  append_optional(record.source_sequence, out);
  append_time(record.ingestion_timestamp, out);
  append_optional(record.platform_sequence, out);
  append_bytes(origin_name(record), out);
  append_long(record.event_timestamp ? 1 : 0, out);
  if (record.event_timestamp) append_time(*record.event_timestamp, out);
  append_long(generation_of(record), out);
}

}  // namespace k2::sink
