#include "sink/delivery.hpp"

#include <utility>

namespace k2::sink {

Delivery::Delivery(std::string journal, std::uint64_t next_sequence, bool cursor_holds,
                   PositionBook const& book)
    : journal_(std::move(journal)), next_sequence_(next_sequence) {
  for (auto const& [symbol, position] : book.symbols()) {
    Tracked tracked{.last = position.last};
    if (!cursor_holds || position.journal != journal_) tracked.foreign_last = position.last;
    symbols_.emplace(symbol, tracked);
  }
}

bool Delivery::admit(std::uint64_t sequence, std::string_view symbol, TradeId id, bool late) {
  if (sequence < next_sequence_) return false;  // a block that begins before the cursor
  next_sequence_ = sequence + 1;
  auto found = symbols_.find(symbol);
  if (found == symbols_.end()) found = symbols_.emplace(std::string{symbol}, Tracked{}).first;
  Tracked& tracked = found->second;
  // A trade that comes LATE lies behind its symbol's position by nature.
  if (id <= (late ? tracked.foreign_last : tracked.last)) {
    ++skipped_;
    return false;
  }
  if (late) return true;
  tracked.last = id;
  if (!tracked.moved) moved_.push_back(&*found);
  tracked.moved = true;
  return true;
}

void Delivery::take_moved(std::vector<Moved>& out) {
  out.clear();
  for (auto* const entry : moved_) {
    entry->second.moved = false;
    out.push_back({entry->first, entry->second.last});
  }
  moved_.clear();
}

}  // namespace k2::sink
