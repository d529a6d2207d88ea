#include "feed/json_frame.hpp"

namespace k2::feed {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

/// Chosen: a hundred times a trade, so that no usual frame grows the parser.
constexpr std::size_t kFrameBytesUsual = 16'384;

error_code read_kline(ondemand::value value, Field<KlineFields>& out) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::object) {
    out.seen = Seen::kWrong;
    return check_value(value);
  }
  out = {Seen::kPresent, {}};
  ondemand::object object;
  if (auto const error = value.get_object().get(object)) return error;
  return for_each_key(object, [&kline = out.value](std::string_view key, ondemand::value member) {
    if (key.size() != 1) return check_value(member);
    switch (key.front()) {
      case 't':
        return read_field(member, kline.open_at);
      case 'T':
        return read_field(member, kline.close_at);
      case 'f':
        return read_field(member, kline.first_id);
      case 'L':
        return read_field(member, kline.last_id);
      case 'n':
        return read_field(member, kline.trade_count);
      case 'x':
        return read_field(member, kline.closed);
      default:
        return check_value(member);
    }
  });
}

error_code read_event_key(std::string_view key, ondemand::value value, EventFields& event) {
  if (key.size() != 1) return check_value(value);
  switch (key.front()) {
    case 'e':
      return read_field(value, event.name);
    case 'E':
      return read_field(value, event.trade.event_at);
    case 's':
      return read_field(value, event.symbol);
    case 't':
      return read_field(value, event.trade.id);
    case 'p':
      return read_field(value, event.trade.price);
    case 'q':
      return read_field(value, event.trade.quantity);
    case 'T':
      return read_field(value, event.trade.traded_at);
    case 'm':
      return read_field(value, event.trade.buyer_is_maker);
    case 'k':
      return read_kline(value, event.kline);
    default:
      return check_value(value);
  }
}

/// Reads what `data` holds; anything but an object leaves an event without a name.
error_code read_data(ondemand::value value, EventFields& event) {
  event = EventFields{};
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::object) return check_value(value);
  ondemand::object object;
  if (auto const error = value.get_object().get(object)) return error;
  return for_each_key(object, [&event](std::string_view key, ondemand::value member) {
    return read_event_key(key, member, event);
  });
}

/// Reads `{"code":4,"msg":"..."}` inside `error`.
error_code read_error(ondemand::value value, ReplyFields& reply) {
  reply.has_error = true;
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::object) return check_value(value);
  ondemand::object object;
  if (auto const error = value.get_object().get(object)) return error;
  return for_each_key(object, [&reply](std::string_view key, ondemand::value member) {
    if (key == "code") return read_field(member, reply.code);
    if (key == "msg") return read_field(member, reply.message);
    return check_value(member);
  });
}

error_code read_root_key(std::string_view key, ondemand::value value, JsonFrame& out,
                         EventFields& raw) {
  if (key == "stream") return read_field(value, out.stream);
  if (key == "data") {
    out.combined = true;
    return read_data(value, out.event);
  }
  if (key == "result") {
    out.reply.has_result = true;
    return check_value(value);
  }
  if (key == "error") return read_error(value, out.reply);
  if (key == "id") return read_field(value, out.reply.id);
  if (key == "code") return read_field(value, out.reply.code);
  if (key == "msg") return read_field(value, out.reply.message);
  return read_event_key(key, value, raw);
}

}  // namespace

JsonFrameReader::JsonFrameReader() {
  // Running out of memory at start-up shows again, and is reported, at the first frame.
  (void)parser_.allocate(kFrameBytesUsual);
}

error_code JsonFrameReader::read(std::string_view frame, JsonFrame& out) {
  out = JsonFrame{};
  ondemand::document document;
  simdjson::padded_string_view const padded{frame, frame.size() + simdjson::SIMDJSON_PADDING};
  if (auto const error = parser_.iterate(padded).get(document)) return error;
  ondemand::json_type type{};
  if (auto const error = document.type().get(type)) return error;
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (auto const error = document.get_array().get(array)) return error;
    if (auto const error = check_elements(array)) return error;
    return check_end(document);
  }
  ondemand::object object;
  if (auto const error = document.get_object().get(object)) return error;
  EventFields raw;
  auto const error =
      for_each_key(object, [&out, &raw](std::string_view key, ondemand::value member) {
        return read_root_key(key, member, out, raw);
      });
  if (error) return error;
  if (!out.combined) out.event = raw;
  return check_end(document);
}

}  // namespace k2::feed
