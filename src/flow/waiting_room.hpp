// Trades of one symbol that came ahead of a hole, in order of their ids, bounded. What does not
// fit is simply forgotten by the sequencer: the backfill then runs on until it meets the live edge.
#pragma once

#include "core/assert.hpp"
#include "core/trade.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace k2::flow {

class WaitingRoom {
 public:
  /// Puts a trade in its place; false when its id waits already. Arrivals are nearly sorted, so
  /// the search starts from the end.
  bool insert(Trade const& trade) {
    auto place = trades_.end();
    auto const begin = trades_.begin() + static_cast<std::ptrdiff_t>(head_);
    while (place != begin && std::prev(place)->id >= trade.id) {
      if (std::prev(place)->id == trade.id) return false;
      --place;
    }
    trades_.insert(place, trade);
    return true;
  }

  [[nodiscard]] Trade const& front() const {
    K2_ASSERT(!empty());
    return trades_[head_];
  }

  void pop() {
    K2_ASSERT(!empty());
    if (++head_ == trades_.size()) {
      // A room is empty nearly always: it costs memory only while something waits.
      std::vector<Trade>{}.swap(trades_);
      head_ = 0;
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return trades_.size() - head_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

 private:
  std::vector<Trade> trades_;
  std::size_t head_ = 0;
};

}  // namespace k2::flow
