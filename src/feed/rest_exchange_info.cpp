// The reading of /exchangeInfo, the longest of RestReader's answers.
#include "feed/field_values.hpp"
#include "feed/json_body.hpp"
#include "feed/rest_reader.hpp"

namespace k2::feed {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

struct RateLimitFields {
  TextField type;
  TextField interval;
  IntegerField interval_count;
  IntegerField limit;
};

struct SymbolFields {
  TextField name;
  TextField status;
  TextField base_asset;
  TextField quote_asset;
};

/// Seconds of "SECOND", "MINUTE", "HOUR" and "DAY"; 0 for what may come.
/// Source: the exchange's enums (read 2026-11-23).
std::int64_t interval_seconds(std::string_view name) noexcept {
  if (name == "SECOND") return 1;
  if (name == "MINUTE") return 60;
  if (name == "HOUR") return 3'600;
  if (name == "DAY") return 86'400;
  return 0;
}

/// Chosen: a year; no limit of the exchange counts over more than a day.
constexpr std::int64_t kIntervalCountMax = std::int64_t{365} * 86'400;

error_code read_member(std::string_view key, ondemand::value value, RateLimitFields& out) {
  if (key == "rateLimitType") return read_field(value, out.type);
  if (key == "interval") return read_field(value, out.interval);
  if (key == "intervalNum") return read_field(value, out.interval_count);
  if (key == "limit") return read_field(value, out.limit);
  return check_value(value);
}

error_code read_member(std::string_view key, ondemand::value value, SymbolFields& out) {
  if (key == "symbol") return read_field(value, out.name);
  if (key == "status") return read_field(value, out.status);
  if (key == "baseAsset") return read_field(value, out.base_asset);
  if (key == "quoteAsset") return read_field(value, out.quote_asset);
  return check_value(value);
}

Fault take_item(RateLimitFields const& fields, ExchangeInfo& info) {
  if (auto const fault = require(fields.type, "rateLimitType")) return fault;
  if (auto const fault = require(fields.interval, "interval")) return fault;
  if (auto const fault = require(fields.interval_count, "intervalNum")) return fault;
  if (auto const fault = require(fields.limit, "limit")) return fault;
  auto const count = fields.interval_count.value;
  if (count < 0 || count > kIntervalCountMax) return {Errc::kFieldInvalid, "intervalNum", {}};
  if (fields.limit.value < 0) return {Errc::kFieldInvalid, "limit", {}};
  info.rate_limits.push_back({std::string{fields.type.value},
                              std::chrono::seconds{interval_seconds(fields.interval.value) * count},
                              static_cast<std::uint64_t>(fields.limit.value)});
  return {};
}

Fault take_item(SymbolFields const& fields, ExchangeInfo& info) {
  if (auto const fault = require(fields.name, "symbol")) return fault;
  if (auto const fault = require(fields.status, "status")) return fault;
  if (auto const fault = require(fields.quote_asset, "quoteAsset")) return fault;
  info.symbols.push_back({std::string{fields.name.value}, std::string{fields.status.value},
                          std::string{fields.base_asset.value},
                          std::string{fields.quote_asset.value}});
  return {};
}

/// Reads an array of objects into `info`; the first item that lacks something becomes `fault`.
template <class Fields>
error_code read_items(ondemand::value value, std::string_view key, ExchangeInfo& info,
                      Fault& fault) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::array) {
    fault = {Errc::kFieldInvalid, key, {}};
    return check_value(value);
  }
  ondemand::array array;
  if (auto const error = value.get_array().get(array)) return error;
  for (auto item : array) {
    ondemand::object object;
    if (auto const error = std::move(item).get(object)) return error;
    Fields fields;
    auto const error =
        for_each_key(object, [&fields](std::string_view member_key, ondemand::value member) {
          return read_member(member_key, member, fields);
        });
    if (error) return error;
    if (auto const wrong = take_item(fields, info); wrong && !fault) fault = wrong;
  }
  return simdjson::SUCCESS;
}

}  // namespace

Result<ExchangeInfo> RestReader::exchange_info(std::string_view body) {
  ExchangeInfo info;
  ExchangeError refusal;
  Fault fault;
  bool has_symbols = false;
  auto const failed =
      json_->read_object(body, refusal, [&](std::string_view key, ondemand::value member) {
        if (key == "rateLimits") return read_items<RateLimitFields>(member, key, info, fault);
        if (key != "symbols") return check_value(member);
        has_symbols = true;
        return read_items<SymbolFields>(member, key, info, fault);
      });
  if (failed) return json_error(failed);
  if (refusal) return refusal.to_error();
  if (fault) return fault.to_error();
  if (!has_symbols) return Error{Errc::kFieldMissing, "symbols"};
  return info;
}

}  // namespace k2::feed
