#include "tools/verify/trade_source.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace k2::verify {
namespace {

/// Times below are milliseconds: as microseconds they would lie in 1973 or before.
constexpr std::int64_t kMicrosecondsMin = 100'000'000'000'000;

/// Cuts the line at its commas; false when it has fewer fields than wanted.
template <std::size_t Wanted>
bool split(std::string_view line, std::array<std::string_view, Wanted>& fields) noexcept {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  for (std::size_t at = 0; at < Wanted; ++at) {
    auto const comma = line.find(',');
    fields[at] = line.substr(0, comma);
    if (comma == std::string_view::npos) return at + 1 == Wanted;
    line.remove_prefix(comma + 1);
  }
  return true;
}

template <class Number>
bool parse_number(std::string_view text, Number& out) noexcept {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<bool> parse_bool(std::string_view text) noexcept {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

struct Fields {
  std::string_view id, price, quantity, time, is_buyer_maker;
};

Errc parse_fields(Fields const& fields, SourceTrade& out) noexcept {
  std::uint64_t id = 0;
  std::int64_t time = 0;
  auto const sell = parse_bool(fields.is_buyer_maker);
  if (!parse_number(fields.id, id) || !parse_number(fields.time, time) || time < 0 || !sell) {
    return Errc::kDataCorrupt;
  }
  std::int64_t price = 0;
  std::int64_t quantity = 0;
  if (Errc const code = parse_decimal(fields.price, price); code != Errc::kOk) return code;
  if (Errc const code = parse_decimal(fields.quantity, quantity); code != Errc::kOk) return code;
  out.id = TradeId{id};
  out.content = {
      .price = Price::from_mantissa(price),
      .quantity = Quantity::from_mantissa(quantity),
      .time = UtcTime{std::chrono::microseconds{time < kMicrosecondsMin ? time * 1'000 : time}},
      .sell = *sell};
  return Errc::kOk;
}

}  // namespace

Errc parse_ledger_line(std::string_view line, SourceTrade& out) noexcept {
  std::array<std::string_view, 6> fields;
  if (!split(line, fields) || fields[0].empty()) return Errc::kDataCorrupt;
  out.symbol = fields[0];
  return parse_fields({fields[1], fields[2], fields[3], fields[4], fields[5]}, out);
}

Errc parse_official_line(std::string_view line, SourceTrade& out) noexcept {
  std::array<std::string_view, 6> fields;
  if (!split(line, fields)) return Errc::kDataCorrupt;
  return parse_fields({fields[0], fields[1], fields[2], fields[4], fields[5]}, out);
}

std::string symbol_of_file(std::filesystem::path const& path) {
  std::string const name = path.filename().string();
  auto const end = name.find("-trades-");
  return end == std::string::npos ? std::string{} : name.substr(0, end);
}

}  // namespace k2::verify
