#include "tools/sim/frame_text.hpp"

#include <charconv>

namespace k2::sim {
namespace {

__extension__ using Wide = unsigned __int128;

enum class NumberRole : std::uint8_t { kNone, kTime, kTradeId, kAggId, kUpdateId };

// A number of more digits than this is in microseconds: 1e14 ms is the year 5138.
constexpr std::int64_t kMicrosecondsFrom = 100'000'000'000'000;

NumberRole role_in_trade(char key) {
  if (key == 't') return NumberRole::kTradeId;
  return key == 'E' || key == 'T' ? NumberRole::kTime : NumberRole::kNone;
}

NumberRole role_in_agg_trade(char key) {
  if (key == 'a') return NumberRole::kAggId;
  if (key == 'f' || key == 'l') return NumberRole::kTradeId;
  return key == 'E' || key == 'T' ? NumberRole::kTime : NumberRole::kNone;
}

NumberRole role_in_book(char key) {
  if (key == 'u' || key == 'U') return NumberRole::kUpdateId;
  return key == 'E' || key == 'T' ? NumberRole::kTime : NumberRole::kNone;
}

NumberRole role_in_kline(char key) {
  if (key == 'f' || key == 'L') return NumberRole::kTradeId;
  return key == 'E' || key == 't' || key == 'T' ? NumberRole::kTime : NumberRole::kNone;
}

NumberRole role_of(StreamKind kind, std::string_view key) {
  if (key.size() != 1) return NumberRole::kNone;
  switch (kind) {
    case StreamKind::kTrade:
      return role_in_trade(key[0]);
    case StreamKind::kAggTrade:
      return role_in_agg_trade(key[0]);
    case StreamKind::kBookTicker:
    case StreamKind::kDepth:
      return role_in_book(key[0]);
    case StreamKind::kKline:
      return role_in_kline(key[0]);
    case StreamKind::kOther:
      return key == "E" || key == "T" ? NumberRole::kTime : NumberRole::kNone;
  }
  return NumberRole::kNone;
}

void append_moved(std::int64_t number, NumberRole role, NumberShift const& shift, TimeUnit unit,
                  std::string& out) {
  switch (role) {
    case NumberRole::kTime: {
      std::int64_t const microseconds = number >= kMicrosecondsFrom ? number : number * 1000;
      append_time(UtcTime{std::chrono::microseconds{microseconds} + shift.time}, unit, out);
      return;
    }
    case NumberRole::kTradeId:
      return append_number(number < 0 ? number : number + shift.trade_ids, out);
    case NumberRole::kAggId:
      return append_number(number + shift.agg_ids, out);
    case NumberRole::kUpdateId:
      return append_number(number + shift.update_ids, out);
    case NumberRole::kNone:
      return append_number(number, out);
  }
}

}  // namespace

void append_number(std::int64_t number, std::string& out) {
  char buffer[20];
  auto const end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

void append_time(UtcTime time, TimeUnit unit, std::string& out) {
  std::int64_t const microseconds = time.time_since_epoch().count();
  append_number(unit == TimeUnit::kMicrosecond ? microseconds : microseconds / 1000, out);
}

void append_decimal(std::int64_t mantissa, std::string& out) {
  char buffer[kDecimalTextMax];
  out.append(buffer, print_decimal(mantissa, buffer));
}

void append_quote_quantity(Price price, Quantity quantity, std::string& out) {
  Wide rest = static_cast<Wide>(price.mantissa()) * static_cast<Wide>(quantity.mantissa());
  rest /= 100'000'000;
  char buffer[48];
  char* begin = buffer + sizeof buffer;
  char* const end = begin;
  for (int digits = 0; digits < 9 || rest != 0; ++digits) {
    if (digits == kDecimalScale) *--begin = '.';
    *--begin = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  out.append(begin, end);
}

void append_trade_event(PublishedTrade const& trade, std::string_view symbol, TimeUnit unit,
                        std::string& out) {
  out.append(R"({"e":"trade","E":)");
  append_time(trade.event_at, unit, out);
  out.append(R"(,"s":")").append(symbol).append(R"(","t":)");
  append_number(static_cast<std::int64_t>(value(trade.id)), out);
  out.append(R"(,"p":")");
  append_decimal(trade.price.mantissa(), out);
  out.append(R"(","q":")");
  append_decimal(trade.quantity.mantissa(), out);
  out.append(R"(","T":)");
  append_time(trade.traded_at, unit, out);
  out.append(trade.buyer_is_maker ? R"(,"m":true,"M":true})" : R"(,"m":false,"M":true})");
}

void append_agg_trade_event(AggTrade const& trade, std::string_view symbol, UtcTime event_at,
                            TimeUnit unit, std::string& out) {
  out.append(R"({"e":"aggTrade","E":)");
  append_time(event_at, unit, out);
  out.append(R"(,"s":")").append(symbol).append(R"(","a":)");
  append_number(static_cast<std::int64_t>(trade.id), out);
  out.append(R"(,"p":")");
  append_decimal(trade.price.mantissa(), out);
  out.append(R"(","q":")");
  append_decimal(trade.quantity.mantissa(), out);
  out.append(R"(","f":)");
  append_number(static_cast<std::int64_t>(value(trade.first)), out);
  out.append(R"(,"l":)");
  append_number(static_cast<std::int64_t>(value(trade.last)), out);
  out.append(R"(,"T":)");
  append_time(trade.traded_at, unit, out);
  out.append(trade.buyer_is_maker ? R"(,"m":true,"M":true})" : R"(,"m":false,"M":true})");
}

void append_rewritten(std::string_view data, StreamKind kind, NumberShift const& shift,
                      TimeUnit unit, std::string& out) {
  std::size_t copied = 0;
  std::size_t at = 0;
  while ((at = data.find('"', at)) != std::string_view::npos) {
    std::size_t const begin = ++at;
    while (at < data.size() && data[at] != '"') at += data[at] == '\\' ? 2 : 1;
    if (at + 2 >= data.size()) break;
    std::string_view const key = data.substr(begin, at - begin);
    ++at;
    if (data[at] != ':') continue;
    NumberRole const role = role_of(kind, key);
    if (role == NumberRole::kNone) continue;
    std::int64_t number = 0;
    char const* const digits = data.data() + at + 1;
    auto const parsed = std::from_chars(digits, data.data() + data.size(), number);
    if (parsed.ec != std::errc{}) continue;
    out.append(data.substr(copied, at + 1 - copied));
    append_moved(number, role, shift, unit, out);
    at = copied = static_cast<std::size_t>(parsed.ptr - data.data());
  }
  out.append(data.substr(copied));
}

}  // namespace k2::sim
