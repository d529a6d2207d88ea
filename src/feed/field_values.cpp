#include "feed/field_values.hpp"

#include "feed/exchange_time.hpp"

namespace k2::feed {

Error Fault::to_error() const {
  std::string detail{key};
  if (!text.empty()) detail.append(": ").append(text);
  return Error{code, detail};
}

Fault take_id(IntegerField const& field, std::string_view key, TradeId& out) {
  if (auto const fault = require(field, key)) return fault;
  if (field.value < 0) return {Errc::kFieldInvalid, key, {}};
  out = static_cast<TradeId>(field.value);
  return {};
}

Fault take_time(IntegerField const& field, std::string_view key, UtcTime& out) {
  if (auto const fault = require(field, key)) return fault;
  auto const time = exchange_time(field.value);
  if (!time) return {Errc::kFieldInvalid, key, {}};
  out = *time;
  return {};
}

Fault take_mantissa(TextField const& field, std::string_view key, std::int64_t& out) {
  if (auto const fault = require(field, key)) return fault;
  if (auto const code = parse_decimal(field.value, out); code != Errc::kOk) {
    return {code, key, field.value};
  }
  return {};
}

Fault take_trade(TradeFields const& fields, TradeKeys const& keys, Trade& out) {
  if (auto const fault = take_id(fields.id, keys.id, out.id)) return fault;
  std::int64_t mantissa = 0;
  if (auto const fault = take_mantissa(fields.price, keys.price, mantissa)) return fault;
  out.price = Price::from_mantissa(mantissa);
  if (auto const fault = take_mantissa(fields.quantity, keys.quantity, mantissa)) return fault;
  out.quantity = Quantity::from_mantissa(mantissa);
  if (auto const fault = take_time(fields.traded_at, keys.traded_at, out.traded_at)) return fault;
  if (auto const fault = require(fields.buyer_is_maker, keys.buyer_is_maker)) return fault;
  out.side = fields.buyer_is_maker.value ? Side::kSell : Side::kBuy;
  out.late = false;
  out.event_at = kNoTime;
  if (fields.event_at.seen == Seen::kMissing) return {};
  return take_time(fields.event_at, keys.event_at, out.event_at);
}

}  // namespace k2::feed
