// Avro datum of TradeV2 -> its fields: what verify, export and the followers read. The texts are
// views into the bytes they were decoded from. Pure; takes any bytes, never reads past them.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "sink/avro.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::sink {

/// The enum asset_class, in the schema's order.
enum class AssetClass : std::uint8_t { kEquities, kCrypto, kFutures, kOptions };
/// The enum side, in the schema's order.
enum class RecordSide : std::uint8_t { kBuy, kSell, kSellShort, kUnknown };

/// Returns the name in the schema.
[[nodiscard]] std::string_view asset_class_name(AssetClass asset_class) noexcept;
/// Returns the name in the schema.
[[nodiscard]] std::string_view side_name(RecordSide side) noexcept;

/// Every field of TradeV2, in the schema's order and under its names.
struct TradeRecord {
  std::string_view message_id;
  std::string_view trade_id;
  std::string_view symbol;
  std::string_view exchange;
  AssetClass asset_class = AssetClass::kCrypto;
  UtcTime timestamp{};
  Price price;
  Quantity quantity;
  std::string_view currency;
  RecordSide side = RecordSide::kUnknown;
  std::vector<std::string_view> trade_conditions;
  std::optional<std::int64_t> source_sequence;
  UtcTime ingestion_timestamp{};
  std::optional<std::int64_t> platform_sequence;
  std::optional<std::vector<std::pair<std::string_view, std::string_view>>> vendor_data;
  std::optional<UtcTime> event_timestamp;

  /// True when it was delivered after its gap had been declared.
  [[nodiscard]] bool late() const noexcept;
  /// True when it came by backfill.
  [[nodiscard]] bool from_rest() const noexcept;
};

/// Decodes the datum at the reader's place into `out`, reusing its memory, and moves behind it.
/// False when the bytes are no TradeV2; `out` and the place are then unspecified.
[[nodiscard]] bool read_trade(AvroReader& reader, TradeRecord& out);

/// Decodes exactly one datum.
/// Errors: kDataCorrupt when the bytes are no TradeV2, or more than one.
[[nodiscard]] Result<TradeRecord> decode_trade(std::string_view datum);

/// Copies a TradeV2 datum that has no trade conditions to `out`, replacing it, with the condition
/// LATE. False when the bytes are none.
[[nodiscard]] bool mark_late(std::string_view datum, std::string& out);

}  // namespace k2::sink
