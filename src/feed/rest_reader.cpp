#include "feed/rest_reader.hpp"

#include "feed/exchange_time.hpp"
#include "feed/field_values.hpp"
#include "feed/json_body.hpp"
#include "feed/limits.hpp"

namespace k2::feed {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

/// The characters of a row, once it was read. `token` is its first token: only the brace of an
/// object, but all of a lone number or word, which reading does not step over.
std::string row_text(ondemand::document& document, std::string_view token) {
  char const* const start = token.data();
  char const* end = nullptr;
  if (document.current_location().get(end) || end <= start) end = start + token.size();
  std::string_view const text{start, static_cast<std::size_t>(end - start)};
  return std::string{text.substr(0, text.find_last_not_of(" \t\r\n") + 1)};
}

error_code ignore(std::string_view, ondemand::value member) {
  return check_value(member);
}

error_code read_row(ondemand::value value, bool& is_object, TradeFields& row) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  is_object = type == ondemand::json_type::object;
  if (!is_object) return check_value(value);
  ondemand::object object;
  if (auto const error = value.get_object().get(object)) return error;
  return for_each_key(object, [&row](std::string_view key, ondemand::value member) {
    if (key == "id") return read_field(member, row.id);
    if (key == "price") return read_field(member, row.price);
    if (key == "qty") return read_field(member, row.quantity);
    if (key == "time") return read_field(member, row.traded_at);
    if (key == "isBuyerMaker") return read_field(member, row.buyer_is_maker);
    return check_value(member);
  });
}

/// Turns one row into a trade, or into a bad row with its reason.
error_code take_row(ondemand::document& document, ondemand::value value, Trade trade,
                    TradeRows& out) {
  std::string_view const token = value.raw_json_token();
  bool is_object = false;
  TradeFields row;
  if (auto const error = read_row(value, is_object, row)) return error;
  Fault const fault = is_object ? take_trade(row, kRestKeys, trade)
                                : Fault{Errc::kFieldInvalid, "a row is not an object", {}};
  if (!fault) {
    out.trades.push_back(trade);
    return simdjson::SUCCESS;
  }
  BadRow bad{std::nullopt, fault.to_error(), row_text(document, token)};
  if (TradeId id{}; !take_id(row.id, kRestKeys.id, id)) bad.id = id;
  out.bad.push_back(std::move(bad));
  return simdjson::SUCCESS;
}

error_code read_rows(ondemand::document& document, Trade const& blank, TradeRows& out) {
  ondemand::array array;
  if (auto const error = document.get_array().get(array)) return error;
  for (auto item : array) {
    // More rows than were requested would cost unbounded memory.
    if (out.trades.size() + out.bad.size() == kTradesPerReply) return simdjson::CAPACITY;
    ondemand::value value;
    if (auto const error = std::move(item).get(value)) return error;
    if (auto const error = take_row(document, value, blank, out)) return error;
  }
  return check_end(document);
}

/// Opens a body that is to be an array of rows.
std::optional<Error> open_rows(JsonBody& json, std::string_view body,
                               ondemand::document& document) {
  if (auto const failed = json.open(body, document)) return json_error(failed);
  ondemand::json_type type{};
  if (auto const failed = document.type().get(type)) return json_error(failed);
  if (type == ondemand::json_type::array) return std::nullopt;
  ExchangeError refusal;
  if (auto const error = json.read_object(document, refusal, ignore)) return json_error(error);
  if (refusal) return refusal.to_error();
  return Error{Errc::kJsonSyntax, "rows of trades are not an array"};
}

error_code read_first_id(ondemand::document& document, std::optional<TradeId>& first) {
  ondemand::array array;
  if (auto const error = document.get_array().get(array)) return error;
  for (auto item : array) {
    ondemand::object row;
    if (auto const error = std::move(item).get_object().get(row)) return error;
    IntegerField id;
    auto const failed = for_each_key(row, [&id](std::string_view key, ondemand::value member) {
      return key == "f" ? read_field(member, id) : check_value(member);
    });
    if (failed) return failed;
    if (!first && id.present() && id.value >= 0) {
      first = TradeId{static_cast<std::uint64_t>(id.value)};
    }
  }
  return check_end(document);
}

}  // namespace

RestReader::RestReader() : json_(std::make_unique<JsonBody>()) {}
RestReader::~RestReader() = default;

Result<TradeRows> RestReader::trades(std::string_view body, SymbolIndex symbol,
                                     UtcTime received_at) {
  ondemand::document document;
  if (auto failed = open_rows(*json_, body, document)) return *std::move(failed);
  Trade blank;
  blank.symbol = symbol;
  blank.origin = Origin::kRest;
  blank.received_at = received_at;
  TradeRows rows;
  auto const failed = read_rows(document, blank, rows);
  if (failed == simdjson::CAPACITY) {
    return Error{Errc::kFieldInvalid,
                 "more than " + std::to_string(kTradesPerReply) + " rows in one reply"};
  }
  if (failed) return json_error(failed);
  return rows;
}

Result<std::optional<TradeId>> RestReader::first_trade_id(std::string_view body) {
  ondemand::document document;
  if (auto failed = open_rows(*json_, body, document)) return *std::move(failed);
  std::optional<TradeId> first;
  if (auto const failed = read_first_id(document, first)) return json_error(failed);
  return first;
}

Result<UtcTime> RestReader::server_time(std::string_view body) {
  ExchangeError refusal;
  IntegerField number;
  auto const failed =
      json_->read_object(body, refusal, [&number](std::string_view key, ondemand::value member) {
        return key == "serverTime" ? read_field(member, number) : check_value(member);
      });
  if (failed) return json_error(failed);
  if (refusal) return refusal.to_error();
  UtcTime time{};
  if (auto const fault = take_time(number, "serverTime", time)) return fault.to_error();
  return time;
}

Error RestReader::error(std::string_view body) {
  ExchangeError refusal;
  auto const failed = json_->read_object(body, refusal, ignore);
  if (!failed && refusal) return refusal.to_error();
  return Error{Errc::kHttpStatus, body};
}

}  // namespace k2::feed
