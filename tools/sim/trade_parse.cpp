#include "tools/sim/trade_parse.hpp"

#include "tools/sim/json_walk.hpp"

#include <array>
#include <charconv>

namespace k2::sim {
namespace {

// A number of more digits than this is in microseconds: 1e14 ms is the year 5138.
constexpr std::int64_t kMicrosecondsFrom = 100'000'000'000'000;

// The keys that every trade event must have, as bits that mark which were found.
enum : unsigned { kSawId = 1, kSawPrice = 2, kSawQuantity = 4, kSawTime = 8, kSawMaker = 16 };
constexpr unsigned kSawAll = 31;

Errc take_decimal(std::string_view text, Price& price) noexcept {
  std::int64_t mantissa = 0;
  Errc const code = parse_decimal(text, mantissa);
  price = Price::from_mantissa(mantissa);
  return code;
}

Errc take_decimal(std::string_view text, Quantity& quantity) noexcept {
  std::int64_t mantissa = 0;
  Errc const code = parse_decimal(text, mantissa);
  quantity = Quantity::from_mantissa(mantissa);
  return code;
}

Errc take_member(JsonMember const& member, PublishedTrade& trade, TimeUnit& unit, unsigned& seen) {
  std::int64_t number = 0;
  switch (member.key[0]) {
    case 'p':
      seen |= kSawPrice;
      return take_decimal(member.value, trade.price);
    case 'q':
      seen |= kSawQuantity;
      return take_decimal(member.value, trade.quantity);
    case 'm':
      seen |= kSawMaker;
      trade.buyer_is_maker = member.value == "true";
      return Errc::kOk;
    case 't':
      seen |= kSawId;
      if (!parse_number(member.value, number) || number < 0) return Errc::kFieldInvalid;
      trade.id = TradeId{static_cast<std::uint64_t>(number)};
      return Errc::kOk;
    case 'T':
      seen |= kSawTime;
      if (!parse_number(member.value, number)) return Errc::kFieldInvalid;
      unit = unit_of_number(number);
      trade.traded_at = time_from_number(number);
      return Errc::kOk;
    case 'E':
      if (!parse_number(member.value, number)) return Errc::kFieldInvalid;
      trade.event_at = time_from_number(number);
      return Errc::kOk;
    default:
      return Errc::kOk;
  }
}

bool is_true(std::string_view text) noexcept {
  return text == "True" || text == "true";
}
bool is_false(std::string_view text) noexcept {
  return text == "False" || text == "false";
}

}  // namespace

bool parse_number(std::string_view text, std::int64_t& number) noexcept {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

UtcTime time_from_number(std::int64_t number) noexcept {
  return UtcTime{std::chrono::microseconds{number >= kMicrosecondsFrom ? number : number * 1000}};
}

TimeUnit unit_of_number(std::int64_t number) noexcept {
  return number >= kMicrosecondsFrom ? TimeUnit::kMicrosecond : TimeUnit::kMillisecond;
}

Errc parse_trade_event(std::string_view data, PublishedTrade& trade, TimeUnit& unit) noexcept {
  JsonWalk walk{data};
  JsonMember member;
  unsigned seen = 0;
  while (walk.next(member)) {
    if (member.key.size() != 1) continue;
    if (Errc const code = take_member(member, trade, unit, seen); code != Errc::kOk) return code;
  }
  if (!walk.complete()) return Errc::kJsonSyntax;
  return seen == kSawAll ? Errc::kOk : Errc::kFieldMissing;
}

Errc parse_trade_row(std::string_view row, PublishedTrade& trade) noexcept {
  if (row.ends_with('\r')) row.remove_suffix(1);
  std::array<std::string_view, 6> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto const comma = row.find(',');
    if (comma == std::string_view::npos && i + 1 < fields.size()) return Errc::kFieldMissing;
    fields[i] = row.substr(0, comma);
    row.remove_prefix(comma == std::string_view::npos ? row.size() : comma + 1);
  }
  std::int64_t id = 0;
  std::int64_t time = 0;
  if (!parse_number(fields[0], id) || id < 0) return Errc::kFieldInvalid;
  if (!parse_number(fields[4], time)) return Errc::kFieldInvalid;
  if (!is_true(fields[5]) && !is_false(fields[5])) return Errc::kFieldInvalid;
  if (Errc const code = take_decimal(fields[1], trade.price); code != Errc::kOk) return code;
  if (Errc const code = take_decimal(fields[2], trade.quantity); code != Errc::kOk) return code;
  trade.id = TradeId{static_cast<std::uint64_t>(id)};
  trade.traded_at = trade.event_at = time_from_number(time);
  trade.buyer_is_maker = is_true(fields[5]);
  return Errc::kOk;
}

}  // namespace k2::sim
