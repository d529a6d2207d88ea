// Conversions from fields as they were read to K2's values, and the fault that a bad field yields:
// a code and the key that it concerns. Only .cpp files of feed include this header.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"
#include "feed/json_fields.hpp"

#include <string_view>

namespace k2::feed {

/// The reason why a field has no value; its texts live as long as the parser's buffer.
struct Fault {
  Errc code = Errc::kOk;
  std::string_view key;
  std::string_view text;

  explicit operator bool() const noexcept { return code != Errc::kOk; }
  /// "p: 1e5": the key, and the offending text where there is one.
  [[nodiscard]] Error to_error() const;
};

/// kFieldMissing or kFieldInvalid unless the field is there.
template <class T>
[[nodiscard]] Fault require(Field<T> const& field, std::string_view key) noexcept {
  if (field.seen == Seen::kMissing) return {Errc::kFieldMissing, key, {}};
  if (field.seen == Seen::kWrong) return {Errc::kFieldInvalid, key, {}};
  return {};
}

/// Each sets `out` unless it returns a fault.
[[nodiscard]] Fault take_id(IntegerField const& field, std::string_view key, TradeId& out);
[[nodiscard]] Fault take_time(IntegerField const& field, std::string_view key, UtcTime& out);
[[nodiscard]] Fault take_mantissa(TextField const& field, std::string_view key, std::int64_t& out);

/// The fields of a trade, independent of the names of their keys.
struct TradeFields {
  IntegerField id;
  TextField price;
  TextField quantity;
  IntegerField traded_at;
  BoolField buyer_is_maker;
  /// Optional, and absent from REST.
  IntegerField event_at;
};

/// The names that the keys of a trade have in its source, for faults.
struct TradeKeys {
  std::string_view id;
  std::string_view price;
  std::string_view quantity;
  std::string_view traded_at;
  std::string_view buyer_is_maker;
  std::string_view event_at;
};

inline constexpr TradeKeys kStreamKeys{"t", "p", "q", "T", "m", "E"};
inline constexpr TradeKeys kRestKeys{"id", "price", "qty", "time", "isBuyerMaker", ""};

/// Sets everything of a trade but its symbol, origin and receive time.
[[nodiscard]] Fault take_trade(TradeFields const& fields, TradeKeys const& keys, Trade& out);

}  // namespace k2::feed
