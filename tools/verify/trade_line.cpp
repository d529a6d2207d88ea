#include "tools/verify/trade_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

namespace k2::verify {
namespace {

constexpr std::string_view kTrades = "-trades-";

/// Times below are milliseconds: as microseconds they would lie in 1973 or before.
constexpr std::int64_t kMicrosecondsMin = 100'000'000'000'000;
/// The end of the year 9999.
constexpr std::int64_t kMicrosecondsMax = 253'402'300'799'999'999;
constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();

/// Cuts the line at its commas; the number of fields, or one more than there is room for.
template <std::size_t Room>
std::size_t split(std::string_view line, std::array<std::string_view, Room>& fields) noexcept {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  for (std::size_t at = 0; at < Room; ++at) {
    auto const comma = line.find(',');
    fields[at] = line.substr(0, comma);
    if (comma == std::string_view::npos) return at + 1;
    line.remove_prefix(comma + 1);
  }
  return Room + 1;
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
  // Ids and times are what an int64 holds.
  bool const in_range = parse_number(fields.id, id) && parse_number(fields.time, time) &&
                        id <= kIdMax && time >= 0 && time <= kMicrosecondsMax;
  if (!in_range || !sell) return Errc::kDataCorrupt;
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
  if (split(line, fields) != 6 || fields[0].empty()) return Errc::kDataCorrupt;
  out.symbol = fields[0];
  return parse_fields({fields[1], fields[2], fields[3], fields[4], fields[5]}, out);
}

Errc parse_official_line(std::string_view line, SourceTrade& out) noexcept {
  std::array<std::string_view, 7> fields;
  auto const count = split(line, fields);
  if (count != 6 && count != 7) return Errc::kDataCorrupt;
  if (count == 7 && !parse_bool(fields[6])) return Errc::kDataCorrupt;
  std::int64_t quote = 0;
  // The product may be too large for a Decimal, but never anything else than a number.
  if (parse_decimal(fields[3], quote) == Errc::kDecimalSyntax) return Errc::kDecimalSyntax;
  return parse_fields({fields[0], fields[1], fields[2], fields[4], fields[5]}, out);
}

bool is_header_line(std::string_view line) noexcept {
  std::array<std::string_view, 7> fields;
  auto const count = split(line, fields);
  if (count != 6 && count != 7) return false;
  return std::ranges::none_of(line, [](char letter) { return letter >= '0' && letter <= '9'; });
}

std::string symbol_of_file(std::filesystem::path const& path) {
  std::string const name = path.filename().string();
  auto const end = name.find(kTrades);
  return end == std::string::npos ? std::string{} : name.substr(0, end);
}

std::optional<Window> days_of_file(std::filesystem::path const& path) {
  std::string const name = path.filename().string();
  auto const trades = name.find(kTrades);
  if (trades == std::string::npos) return std::nullopt;
  std::string_view text{name};
  text.remove_prefix(trades + kTrades.size());
  text = text.substr(0, text.find('.'));
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  bool const is_month = text.size() == 7;
  bool const has_form = (is_month || (text.size() == 10 && text[7] == '-')) && text[4] == '-';
  if (!has_form || !parse_number(text.substr(0, 4), year) ||
      !parse_number(text.substr(5, 2), month) ||
      (!is_month && !parse_number(text.substr(8, 2), day))) {
    return std::nullopt;
  }
  using namespace std::chrono;
  year_month const of{std::chrono::year{year}, std::chrono::month{month}};
  year_month_day const first = of / std::chrono::day{is_month ? 1 : day};
  if (!first.ok()) return std::nullopt;
  sys_days const begin{first};
  sys_days const end = is_month ? sys_days{(of + months{1}) / 1} : begin + days{1};
  return Window{begin, end};
}

std::string wrong_member(std::string_view member, std::string_view symbol,
                         std::filesystem::path const& archive) {
  std::filesystem::path const path{member};
  std::string const name = path.filename().string();
  bool const is_of_symbol = name.size() > symbol.size() && name.starts_with(symbol) &&
                            (name[symbol.size()] == '-' || name[symbol.size()] == '.');
  if (!is_of_symbol) return fmt::format("is not named after {}", symbol);
  if (path.extension() != ".csv") return "is no .csv file";
  auto const days = days_of_file(archive);
  auto const own = days_of_file(path);
  if (days && own && (own->since < days->since || own->until > days->until)) {
    return "is named after another day";
  }
  return {};
}

}  // namespace k2::verify
