#include "tools/sim/ledger.hpp"

#include "tools/sim/frame_text.hpp"

namespace k2::sim {

void append_ledger_line(PublishedTrade const& trade, std::string_view symbol, std::string& out) {
  out.append(symbol).push_back(',');
  append_number(static_cast<std::int64_t>(value(trade.id)), out);
  out.push_back(',');
  append_decimal(trade.price.mantissa(), out);
  out.push_back(',');
  append_decimal(trade.quantity.mantissa(), out);
  out.push_back(',');
  append_time(trade.traded_at, TimeUnit::kMicrosecond, out);
  out.append(trade.buyer_is_maker ? ",true\n" : ",false\n");
}

}  // namespace k2::sim
