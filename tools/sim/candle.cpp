#include "tools/sim/candle.hpp"

#include "tools/sim/frame_text.hpp"

#include <algorithm>
#include <charconv>

namespace k2::sim {
namespace {

// Appends the sum at scale 8.
void append_sum(QuoteSum sum, std::string& out) {
  char buffer[48];
  char* begin = buffer + sizeof buffer;
  char* const end = begin;
  for (int digits = 0; digits < 9 || sum != 0; ++digits) {
    if (digits == kDecimalScale) *--begin = '.';
    *--begin = static_cast<char>('0' + static_cast<int>(sum % 10));
    sum /= 10;
  }
  out.append(begin, end);
}

constexpr QuoteSum kScaleDown = 100'000'000;

void append_text(std::string_view key, Price price, std::string& out) {
  out.append(key);
  append_decimal(price.mantissa(), out);
}

void append_volume(std::string_view key, QuoteSum sum, std::string& out) {
  out.append(key);
  append_sum(sum, out);
}

// The last unit of time inside the interval.
UtcTime close_of(UtcTime open_at, std::chrono::seconds length, TimeUnit unit) {
  auto const last = unit == TimeUnit::kMicrosecond ? std::chrono::microseconds{1}
                                                   : std::chrono::microseconds{1000};
  return open_at + length - last;
}

}  // namespace

void Candle::add(TradeId id, Price price, Quantity quantity, bool buyer_is_maker) {
  if (count == 0) {
    first = id;
    open = high = low = price;
  }
  high = std::max(high, price);
  low = std::min(low, price);
  close = price;
  last = id;
  ++count;
  auto const base = static_cast<QuoteSum>(quantity.mantissa());
  auto const quote = base * static_cast<QuoteSum>(price.mantissa());
  volume += base;
  quote_volume += quote;
  if (buyer_is_maker) return;
  taker_buy_volume += base;
  taker_buy_quote_volume += quote;
}

Candle empty_candle(UtcTime open_at, Price price) {
  Candle candle;
  candle.open_at = open_at;
  candle.open = candle.high = candle.low = candle.close = price;
  return candle;
}

std::optional<std::chrono::seconds> interval_length(std::string_view interval) {
  int number = 0;
  auto const [end, error] =
      std::from_chars(interval.data(), interval.data() + interval.size(), number);
  if (error != std::errc{} || number <= 0) return std::nullopt;
  std::string_view const unit = interval.substr(static_cast<std::size_t>(end - interval.data()));
  if (unit == "s" && number == 1) return std::chrono::seconds{1};
  if (unit == "m" && (number == 1 || number == 3 || number == 5 || number == 15 || number == 30)) {
    return std::chrono::minutes{number};
  }
  bool const hours =
      number == 1 || number == 2 || number == 4 || number == 6 || number == 8 || number == 12;
  if (unit == "h" && hours) return std::chrono::hours{number};
  if (unit == "d" && (number == 1 || number == 3)) return std::chrono::days{number};
  if (unit == "w" && number == 1) return std::chrono::weeks{1};
  return std::nullopt;
}

UtcTime interval_start(UtcTime time, std::chrono::seconds length) {
  // 1970-01-01 was a Thursday.
  auto const offset = length == std::chrono::weeks{1} ? std::chrono::days{3} : std::chrono::days{0};
  auto const since = time.time_since_epoch() + offset;
  return UtcTime{since - since % length - offset};
}

void append_kline_event(Candle const& candle, std::string_view symbol, std::string_view interval,
                        UtcTime event_at, bool closed, TimeUnit unit, std::string& out) {
  auto const length = interval_length(interval).value_or(std::chrono::minutes{1});
  out.append(R"({"e":"kline","E":)");
  append_time(event_at, unit, out);
  out.append(R"(,"s":")").append(symbol).append(R"(","k":{"t":)");
  append_time(candle.open_at, unit, out);
  out.append(R"(,"T":)");
  append_time(close_of(candle.open_at, length, unit), unit, out);
  out.append(R"(,"s":")").append(symbol).append(R"(","i":")").append(interval);
  out.append(R"(","f":)");
  append_number(candle.count == 0 ? -1 : static_cast<std::int64_t>(value(candle.first)), out);
  out.append(R"(,"L":)");
  append_number(candle.count == 0 ? -1 : static_cast<std::int64_t>(value(candle.last)), out);
  append_text(R"(,"o":")", candle.open, out);
  append_text(R"(","c":")", candle.close, out);
  append_text(R"(","h":")", candle.high, out);
  append_text(R"(","l":")", candle.low, out);
  append_volume(R"(","v":")", candle.volume, out);
  out.append(R"(","n":)");
  append_number(static_cast<std::int64_t>(candle.count), out);
  out.append(closed ? R"(,"x":true)" : R"(,"x":false)");
  append_volume(R"(,"q":")", candle.quote_volume / kScaleDown, out);
  append_volume(R"(","V":")", candle.taker_buy_volume, out);
  append_volume(R"(","Q":")", candle.taker_buy_quote_volume / kScaleDown, out);
  out.append(R"(","B":"0"}})");
}

void append_kline_row(Candle const& candle, std::chrono::seconds length, TimeUnit unit,
                      std::string& out) {
  out.push_back('[');
  append_time(candle.open_at, unit, out);
  append_text(R"(,")", candle.open, out);
  append_text(R"(",")", candle.high, out);
  append_text(R"(",")", candle.low, out);
  append_text(R"(",")", candle.close, out);
  append_volume(R"(",")", candle.volume, out);
  out.append(R"(",)");
  append_time(close_of(candle.open_at, length, unit), unit, out);
  append_volume(R"(,")", candle.quote_volume / kScaleDown, out);
  out.append(R"(",)");
  append_number(static_cast<std::int64_t>(candle.count), out);
  append_volume(R"(,")", candle.taker_buy_volume, out);
  append_volume(R"(",")", candle.taker_buy_quote_volume / kScaleDown, out);
  out.append(R"(","0"])");
}

}  // namespace k2::sim
