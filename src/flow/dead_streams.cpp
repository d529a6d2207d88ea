#include "flow/dead_streams.hpp"

namespace k2::flow {

void DeadStreams::forget_all() {
  for (auto& sight : symbols_) sight.reset();
}

void DeadStreams::revealed(SymbolIndex symbol, TradeId id, std::uint64_t from_lines) {
  auto& sight = symbols_[value(symbol)];
  if (!sight || sight->from_lines != from_lines) {
    sight = Sight{id, from_lines};
  } else if (id > sight->id) {
    dead_.push_back(symbol);
    sight.reset();
  }
}

}  // namespace k2::flow
