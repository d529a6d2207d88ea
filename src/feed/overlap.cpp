#include "feed/overlap.hpp"

#include <algorithm>

namespace k2::feed {

void Overlap::begin() {
  std::fill(symbols_.begin(), symbols_.end(), Pair{});
  unproven_ = new_trades_ = 0;
}

template <class Change>
void Overlap::update(SymbolIndex symbol, Change change) {
  Pair& pair = symbols_.at(value(symbol));
  if (pair.unproven()) --unproven_;
  change(pair);
  if (pair.unproven()) ++unproven_;
}

void Overlap::seen_on_old(SymbolIndex symbol, TradeId id) {
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

}  // namespace k2::feed
