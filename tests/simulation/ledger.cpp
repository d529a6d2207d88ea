#include "tests/simulation/ledger.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <charconv>

namespace k2::simulation {
namespace {

std::string_view take_field(std::string_view& line) {
  auto const comma = line.find(',');
  std::string_view const field = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return field;
}

std::int64_t number(std::string_view field) {
  std::int64_t parsed = 0;
  auto const end = field.data() + field.size();
  K2_ASSERT(std::from_chars(field.data(), end, parsed).ptr == end);
  return parsed;
}

Ledger::Trades::const_iterator place(Ledger::Trades const& trades, TradeId id) {
  return std::ranges::lower_bound(trades, id, {}, &LedgerTrade::id);
}

}  // namespace

void Ledger::take(std::string_view lines) {
  while (!lines.empty()) {
    auto const end = lines.find('\n');
    K2_ASSERT(end != std::string_view::npos);
    take_line(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
}

void Ledger::take_line(std::string_view line) {
  std::string_view const symbol = take_field(line);
  LedgerTrade trade;
  trade.id = TradeId{static_cast<std::uint64_t>(number(take_field(line)))};
  trade.price = Price::parse(take_field(line)).value();
  trade.quantity = Quantity::parse(take_field(line)).value();
  trade.traded_at = UtcTime{std::chrono::microseconds{number(take_field(line))}};
  trade.buyer_is_maker = line == "true";
  auto found = trades_.find(symbol);
  if (found == trades_.end()) found = trades_.emplace(symbol, Trades{}).first;
  K2_ASSERT(found->second.empty() || found->second.back().id < trade.id);
  found->second.push_back(trade);
}

LedgerTrade const* Ledger::find(std::string_view symbol, TradeId id) const {
  Trades const* const trades = of(symbol);
  if (trades == nullptr) return nullptr;
  auto const found = place(*trades, id);
  return found == trades->end() || found->id != id ? nullptr : &*found;
}

Ledger::Trades const* Ledger::of(std::string_view symbol) const {
  auto const found = trades_.find(symbol);
  return found == trades_.end() ? nullptr : &found->second;
}

bool Ledger::has_any(std::string_view symbol, IdRange range) const {
  Trades const* const trades = of(symbol);
  if (trades == nullptr) return false;
  for (auto at = place(*trades, range.first); at != trades->end() && at->id <= range.last; ++at) {
    if (!is_unusable(std::string{symbol}, at->id)) return true;
  }
  return false;
}

}  // namespace k2::simulation
