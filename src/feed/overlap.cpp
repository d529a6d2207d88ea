#include "feed/overlap.hpp"

#include <algorithm>

namespace k2::feed {

void Overlap::begin() {
  symbols_.clear();
  unproven_ = new_trades_ = 0;
  judging_ = false;
}

template <class Change>
void Overlap::update(SymbolIndex symbol, Change change) {
  if (value(symbol) >= symbols_.size()) symbols_.resize(value(symbol) + std::size_t{1});
  Pair& pair = symbols_[value(symbol)];
  if (pair.unproven()) --unproven_;
  change(pair);
  if (pair.unproven()) ++unproven_;
}

void Overlap::seen_on_old(SymbolIndex symbol, TradeId id) {
  if (!judging_) return;
  update(symbol, [id](Pair& pair) {
    pair.old_last = pair.on_old ? std::max(pair.old_last, id) : id;
    pair.on_old = true;
  });
}

void Overlap::seen_on_new(SymbolIndex symbol, TradeId id) {
  ++new_trades_;
  update(symbol, [id](Pair& pair) {
    pair.new_first = pair.on_new ? std::min(pair.new_first, id) : id;
    pair.on_new = true;
  });
}

void Overlap::forget(SymbolIndex symbol) {
  update(symbol, [](Pair& pair) { pair = {}; });
}

}  // namespace k2::feed
