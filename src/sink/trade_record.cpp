#include "sink/trade_record.hpp"

#include <algorithm>
#include <array>

namespace k2::sink {
namespace {

constexpr std::array<std::string_view, 4> kAssetClasses{"equities", "crypto", "futures", "options"};
constexpr std::array<std::string_view, 4> kSides{"BUY", "SELL", "SELL_SHORT", "UNKNOWN"};

bool read_instant(AvroReader& reader, UtcTime& at) {
  std::int64_t micros = 0;
  if (!reader.read_long(micros)) return false;
  at = UtcTime{std::chrono::microseconds{micros}};
  return true;
}

template <class Enum>
bool read_enum(AvroReader& reader, std::size_t size, Enum& out) {
  std::int64_t index = 0;
  if (!reader.read_long(index) || index < 0 || index >= static_cast<std::int64_t>(size)) {
    return false;
  }
  out = static_cast<Enum>(index);
  return true;
}

/// Reads which of a union's two branches follows; the first is null.
bool read_presence(AvroReader& reader, bool& present) {
  std::int64_t branch = 0;
  if (!reader.read_long(branch) || branch < 0 || branch > 1) return false;
  present = branch == 1;
  return true;
}

bool read_optional(AvroReader& reader, std::optional<std::int64_t>& out) {
  bool present = false;
  std::int64_t number = 0;
  if (!read_presence(reader, present)) return false;
  if (!present) {
    out.reset();
    return true;
  }
  if (!reader.read_long(number)) return false;
  out = number;
  return true;
}

bool read_optional(AvroReader& reader, std::optional<UtcTime>& out) {
  std::optional<std::int64_t> micros;
  if (!read_optional(reader, micros)) return false;
  out.reset();
  if (micros) out = UtcTime{std::chrono::microseconds{*micros}};
  return true;
}

/// Reads the blocks of an array or a map; `item` reads one item. Each item takes at least a byte,
/// so a count that lies runs into the end of the input.
template <class Item>
bool read_items(AvroReader& reader, Item const& item) {
  for (;;) {
    std::int64_t count = 0;
    if (!reader.read_long(count)) return false;
    if (count == 0) return true;
    if (count < 0) {  // a block with its size in bytes
      std::int64_t bytes = 0;
      if (count == std::numeric_limits<std::int64_t>::min() || !reader.read_long(bytes))
        return false;
      count = -count;
    }
    for (; count > 0; --count) {
      if (!item()) return false;
    }
  }
}

bool read_conditions(AvroReader& reader, std::vector<std::string_view>& out) {
  out.clear();
  return read_items(reader, [&] { return reader.read_bytes(out.emplace_back()); });
}

bool read_vendor_data(AvroReader& reader, TradeRecord& out) {
  bool present = false;
  out.vendor_data.reset();
  if (!read_presence(reader, present)) return false;
  if (!present) return true;
  auto& entries = out.vendor_data.emplace();
  return read_items(reader, [&] {
    auto& [key, text] = entries.emplace_back();
    return reader.read_bytes(key) && reader.read_bytes(text);
  });
}

bool read_amounts(AvroReader& reader, TradeRecord& out) {
  std::int64_t price = 0;
  std::int64_t quantity = 0;
  if (!reader.read_decimal(price) || !reader.read_decimal(quantity)) return false;
  out.price = Price::from_mantissa(price);
  out.quantity = Quantity::from_mantissa(quantity);
  return price >= 0 && quantity >= 0;
}

bool read_before_conditions(AvroReader& reader, TradeRecord& out) {
  return reader.read_bytes(out.message_id) && reader.read_bytes(out.trade_id) &&
         reader.read_bytes(out.symbol) && reader.read_bytes(out.exchange) &&
         read_enum(reader, kAssetClasses.size(), out.asset_class) &&
         read_instant(reader, out.timestamp) && read_amounts(reader, out) &&
         reader.read_bytes(out.currency) && read_enum(reader, kSides.size(), out.side);
}

}  // namespace

std::string_view asset_class_name(AssetClass asset_class) noexcept {
  return kAssetClasses[static_cast<std::size_t>(asset_class)];
}

std::string_view side_name(RecordSide side) noexcept {
  return kSides[static_cast<std::size_t>(side)];
}

bool TradeRecord::late() const noexcept {
  return std::ranges::find(trade_conditions, "LATE") != trade_conditions.end();
}

bool TradeRecord::from_rest() const noexcept {
  return vendor_data &&
         std::ranges::find(*vendor_data, std::pair<std::string_view, std::string_view>{
                                             "origin", "rest"}) != vendor_data->end();
}

bool read_trade(AvroReader& reader, TradeRecord& out) {
  return read_before_conditions(reader, out) && read_conditions(reader, out.trade_conditions) &&
         read_optional(reader, out.source_sequence) &&
         read_instant(reader, out.ingestion_timestamp) &&
         read_optional(reader, out.platform_sequence) && read_vendor_data(reader, out) &&
         read_optional(reader, out.event_timestamp);
}

bool mark_late(std::string_view datum, std::string& out) {
  AvroReader reader{datum};
  TradeRecord skipped;
  if (!read_before_conditions(reader, skipped)) return false;
  auto const before = datum.substr(0, static_cast<std::size_t>(reader.place() - datum.data()));
  if (!read_conditions(reader, skipped.trade_conditions) || !skipped.trade_conditions.empty()) {
    return false;
  }
  auto const behind = datum.substr(static_cast<std::size_t>(reader.place() - datum.data()));
  out.assign(before);
  append_long(1, out);
  append_bytes("LATE", out);
  append_long(0, out);
  out.append(behind);
  return true;
}

Result<TradeRecord> decode_trade(std::string_view datum) {
  AvroReader reader{datum};
  TradeRecord record;
  if (!read_trade(reader, record)) return Error{Errc::kDataCorrupt, "not a TradeV2 datum"};
  if (!reader.at_end()) return Error{Errc::kDataCorrupt, "bytes behind a TradeV2 datum"};
  return record;
}

}  // namespace k2::sink
