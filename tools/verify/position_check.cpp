#include "tools/verify/position_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace k2::verify {

void PositionCheck::add(std::string_view symbol, TradeId id, bool late) {
  if (last_ == nullptr || symbol != last_symbol_) {
    auto found = symbols_.find(symbol);
    if (found == symbols_.end()) found = symbols_.emplace(symbol, Reached{}).first;
    last_ = &found->second;
    last_symbol_.assign(symbol);
  }
  last_->newest = std::max(last_->newest, id);
  if (late) return;
  last_->lowest = std::min(last_->lowest.value_or(id), id);
  last_->in_order = std::max(last_->in_order.value_or(id), id);
}

PositionCheck::Reached const* PositionCheck::find(std::string_view symbol) const {
  auto const found = symbols_.find(symbol);
  return found == symbols_.end() ? nullptr : &found->second;
}

std::vector<sink::Position> PositionCheck::unmet(
    std::vector<sink::Position> const& positions) const {
  std::vector<sink::Position> unmet;
  for (sink::Position const& position : positions) {
    Reached const* const reached = find(position.symbol);
    if (reached == nullptr || reached->in_order != position.last) unmet.push_back(position);
  }
  return unmet;
}

std::vector<std::string> PositionCheck::without_position(
    std::vector<sink::Position> const& positions) const {
  std::set<std::string_view> named;
  for (sink::Position const& position : positions) named.insert(position.symbol);
  std::vector<std::string> without;
  for (auto const& [symbol, reached] : symbols_) {
    if (reached.in_order && !named.contains(symbol)) without.push_back(symbol);
  }
  return without;
}

std::string position_text(std::string_view symbol, std::optional<TradeId> reached,
                          std::optional<TradeId> position) {
  auto const text = [](std::optional<TradeId> id) {
    return id ? std::to_string(value(*id)) : std::string{"nothing"};
  };
  if (!reached) {
    return fmt::format("{}: no record in order is stored, the position is {}", symbol,
                       text(position));
  }
  return fmt::format("{}: the records end at {}, the position is {}", symbol, text(reached),
                     text(position));
}

}  // namespace k2::verify
