#include "flow/suspect_trades.hpp"

#include <algorithm>
#include <iterator>

namespace k2::flow {

bool SuspectTrades::near(TradeId a, TradeId b) const {
  return (a < b ? value(b) - value(a) : value(a) - value(b)) <= options_.jump_min;
}

std::size_t SuspectTrades::neighbours(Held const& held, TradeId id) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(held, [&](Suspect const& one) { return near(one.trade.id, id); }));
}

/// Confirms the trade with this id, and all that follow each other near it.
void SuspectTrades::confirm_near(Held& held, TradeId id) {
  TradeId low = id;
  TradeId high = id;
  for (bool grew = true; grew;) {
    grew = false;
    for (Suspect const& one : held) {
      if (one.trade.id < low && near(one.trade.id, low)) {
        low = one.trade.id;
        grew = true;
      } else if (one.trade.id > high && near(one.trade.id, high)) {
        high = one.trade.id;
        grew = true;
      }
    }
  }
  std::erase_if(held, [&](Suspect const& one) {
    if (one.trade.id < low || one.trade.id > high) return false;
    confirmed_.push_back(one.trade);
    return true;
  });
}

void SuspectTrades::hold(Trade const& trade, SourceId source, MonoTime now) {
  Held& held = held_[value(trade.symbol)];
  auto const place =
      std::ranges::lower_bound(held, trade.id, {}, [](Suspect const& one) { return one.trade.id; });
  if (place != held.end() && place->trade.id == trade.id) {
    if (place->source != source) confirm_near(held, trade.id);
    return drop_empty(trade.symbol);
  }
  held.insert(place, {trade, source, now});
  bool const other_source = std::ranges::any_of(held, [&](Suspect const& one) {
    return one.source != source && near(one.trade.id, trade.id);
  });
  if (other_source || neighbours(held, trade.id) >= options_.run) {
    confirm_near(held, trade.id);
  } else if (held.size() > options_.per_symbol_max) {
    auto const oldest = std::ranges::min_element(held, {}, &Suspect::since);
    reject(oldest->trade);
    held.erase(oldest);
  }
  drop_empty(trade.symbol);
}

void SuspectTrades::on_newest(SymbolIndex symbol, TradeId newest, SourceId source) {
  auto const found = held_.find(value(symbol));
  if (found == held_.end()) return;
  std::erase_if(found->second, [&](Suspect const& one) {
    bool const exists = one.trade.id <= newest || near(one.trade.id, newest);
    // A reply does not confirm itself.
    if (exists && one.source == source) return false;
    if (exists) {
      confirmed_.push_back(one.trade);
    } else {
      reject(one.trade);
    }
    return true;
  });
  drop_empty(symbol);
}

void SuspectTrades::on_candle(SymbolIndex symbol, TradeId last) {
  auto const found = held_.find(value(symbol));
  if (found == held_.end()) return;
  std::erase_if(found->second, [&](Suspect const& one) {
    if (!near(one.trade.id, last)) return false;
    confirmed_.push_back(one.trade);
    return true;
  });
  drop_empty(symbol);
}

void SuspectTrades::tick(MonoTime now) {
  for (auto entry = held_.begin(); entry != held_.end();) {
    Held& held = entry->second;
    std::erase_if(held, [&](Suspect const& one) {
      if (now - one.since < options_.patience) return false;
      reject(one.trade);
      return true;
    });
    entry = held.empty() ? held_.erase(entry) : std::next(entry);
  }
}

void SuspectTrades::reject(Trade const& trade) {
  ++rejected_;
  implausible_.push_back(trade);
}

void SuspectTrades::drop_empty(SymbolIndex symbol) {
  auto const found = held_.find(value(symbol));
  if (found != held_.end() && found->second.empty()) held_.erase(found);
}

}  // namespace k2::flow
