#include "tools/sim/market.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {

void Market::halt(FaultId id, std::vector<std::string> const& symbols, MonoTime now) {
  Halt halt{id, indices_of(symbols)};
  for (SymbolIndex const symbol : halt.symbols) ++lane_of(symbol).halts;
  if (symbols.empty() && !still_since_) still_since_ = now;
  // A halt of unknown symbols only halts nothing.
  if (symbols.empty() || !halt.symbols.empty()) halts_.push_back(std::move(halt));
}

std::chrono::nanoseconds Market::resume(FaultId id, MonoTime now) {
  auto const found = std::ranges::find(halts_, id, &Halt::id);
  if (found == halts_.end()) return {};
  for (SymbolIndex const symbol : found->symbols) --lane_of(symbol).halts;
  halts_.erase(found);
  auto const stops_all = [](Halt const& halt) { return halt.symbols.empty(); };
  if (!still_since_ || std::ranges::any_of(halts_, stops_all)) return {};
  auto const span = now - *std::exchange(still_since_, std::nullopt);
  stood_still_ += span;
  return span;
}

void Market::leave_out_ids(std::uint64_t ids, std::vector<std::string> const& symbols) {
  if (symbols.empty()) ids_left_out_next_ += ids;
  for (SymbolIndex const symbol : indices_of(symbols)) {
    lane_of(symbol).shift.trade_ids += static_cast<std::int64_t>(ids);
  }
}

void Market::set_skew(std::chrono::nanoseconds by) {
  // Recordings hold milliseconds.
  skew_ = std::chrono::floor<std::chrono::milliseconds>(by);
}

bool Market::pass(Publication& publication) {
  Lane& lane = lane_of(publication.symbol);
  bool const is_trade = publication.kind == StreamKind::kTrade;
  if (lane.halts > 0) {
    // The ids continue where trading stopped.
    if (is_trade) --lane.shift.trade_ids;
    if (publication.kind == StreamKind::kAggTrade) --lane.shift.agg_ids;
    return false;
  }
  if (is_trade) {
    lane.shift.trade_ids += static_cast<std::int64_t>(std::exchange(ids_left_out_next_, 0));
  }
  NumberShift shift = lane.shift;
  shift.time = skew_;
  if (live_) shift.time += std::chrono::floor<std::chrono::milliseconds>(stood_still_);
  if (shift.trade_ids == 0 && shift.agg_ids == 0 && shift.time.count() == 0) return true;
  PublishedTrade& trade = publication.trade;
  trade.id = TradeId{value(trade.id) + static_cast<std::uint64_t>(shift.trade_ids)};
  trade.traded_at += shift.time;
  trade.event_at += shift.time;
  data_.clear();
  append_rewritten(publication.data, publication.kind, shift, publication.unit, data_);
  publication.data = data_;
  return true;
}

Market::Lane& Market::lane_of(SymbolIndex symbol) {
  if (value(symbol) >= lanes_.size()) lanes_.resize(value(symbol) + 1);
  return lanes_[value(symbol)];
}

std::vector<SymbolIndex> Market::indices_of(std::vector<std::string> const& symbols) const {
  std::vector<SymbolIndex> indices;
  for (std::string const& name : symbols) {
    if (auto const found = symbols_.find(name)) indices.push_back(*found);
  }
  return indices;
}

}  // namespace k2::sim
