#include "tools/sim/trade_store.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace k2::sim {
namespace {

bool same_order(StoredTrade const& last, PublishedTrade const& trade) {
  return last.traded_at == trade.traded_at && last.price == trade.price &&
         last.buyer_is_maker == trade.buyer_is_maker;
}

}  // namespace

bool TradeStore::add(PublishedTrade const& trade, MonoTime published_at) {
  if (value(trade.symbol) >= by_symbol_.size()) by_symbol_.resize(value(trade.symbol) + 1);
  auto& trades = by_symbol_[value(trade.symbol)];
  std::uint64_t agg_id = 1;
  if (!trades.empty()) {
    StoredTrade const& last = trades.back();
    if (trade.id <= last.id) return false;
    agg_id = same_order(last, trade) ? last.agg_id : last.agg_id + 1;
  }
  trades.push_back({trade.id, agg_id, trade.price, trade.quantity, trade.traded_at, published_at,
                    trade.buyer_is_maker});
  order_.push_back(trade.symbol);
  if (order_.size() > trades_max_) {
    auto& oldest = by_symbol_[value(order_.front())];
    // The last one of a symbol stays: it carries the aggregate id on.
    if (oldest.size() > 1) oldest.pop_front();
    order_.pop_front();
  }
  return true;
}

std::deque<StoredTrade> const& TradeStore::of(SymbolIndex symbol) const {
  static std::deque<StoredTrade> const none;
  return value(symbol) < by_symbol_.size() ? by_symbol_[value(symbol)] : none;
}

std::size_t TradeStore::find(SymbolIndex symbol, TradeId from) const {
  auto const& trades = of(symbol);
  auto const found = std::ranges::lower_bound(trades, from, {}, &StoredTrade::id);
  return static_cast<std::size_t>(found - trades.begin());
}

std::size_t TradeStore::find_agg(SymbolIndex symbol, std::uint64_t from) const {
  auto const& trades = of(symbol);
  auto const found = std::ranges::lower_bound(trades, from, {}, &StoredTrade::agg_id);
  return static_cast<std::size_t>(found - trades.begin());
}

std::size_t TradeStore::find_time(SymbolIndex symbol, UtcTime from) const {
  auto const& trades = of(symbol);
  auto const found = std::ranges::lower_bound(trades, from, {}, &StoredTrade::traded_at);
  return static_cast<std::size_t>(found - trades.begin());
}

std::size_t TradeStore::find_published_after(SymbolIndex symbol, MonoTime until) const {
  auto const& trades = of(symbol);
  auto const found = std::ranges::upper_bound(trades, until, {}, &StoredTrade::published_at);
  return static_cast<std::size_t>(found - trades.begin());
}

AggTrade TradeStore::take_agg(SymbolIndex symbol, std::size_t& at) const {
  auto const& trades = of(symbol);
  K2_ASSERT(at < trades.size());
  StoredTrade const& first = trades[at];
  AggTrade agg{symbol,      first.agg_id,   first.id,        first.id,
               first.price, first.quantity, first.traded_at, first.buyer_is_maker};
  for (++at; at < trades.size() && trades[at].agg_id == first.agg_id; ++at) {
    agg.last = trades[at].id;
    agg.quantity =
        Quantity::from_mantissa(agg.quantity.mantissa() + trades[at].quantity.mantissa());
  }
  return agg;
}

}  // namespace k2::sim
