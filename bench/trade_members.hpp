// The baseline of every row that decodes: the members s, t, p, q, T and m of a trade frame, found
// with simdjson on demand in the order in which they come, and nothing done with them.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace k2::bench {

struct TradeMembers {
  std::string_view symbol;
  std::uint64_t id = 0;
  std::string_view price;
  std::string_view quantity;
  std::uint64_t time = 0;
  bool buyer_is_maker = false;
};

/// False when the frame is no trade. 64 bytes must be readable behind it.
inline bool parse_members(simdjson::ondemand::parser& parser, std::string_view frame,
                          TradeMembers& out) {
  simdjson::ondemand::document document;
  simdjson::padded_string_view const padded{frame, frame.size() + simdjson::SIMDJSON_PADDING};
  if (parser.iterate(padded).get(document)) return false;
  simdjson::ondemand::object data;
  if (document.find_field("data").get_object().get(data)) return false;
  return !data.find_field("s").get_string().get(out.symbol) &&
         !data.find_field("t").get_uint64().get(out.id) &&
         !data.find_field("p").get_string().get(out.price) &&
         !data.find_field("q").get_string().get(out.quantity) &&
         !data.find_field("T").get_uint64().get(out.time) &&
         !data.find_field("m").get_bool().get(out.buyer_is_maker);
}

}  // namespace k2::bench
