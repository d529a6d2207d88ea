// Trades of one symbol that came ahead of a hole, in order of their ids, bounded. What does not
// fit is simply forgotten by the sequencer, the farthest from the hole first: the backfill then
// runs on until it meets the live edge.
#pragma once

#include "core/assert.hpp"
#include "core/trade.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace k2::flow {

class WaitingRoom {
 public:
  /// Puts a trade in its place; false when its id waits already. Live trades come at the end and
  /// pages of repair at the front: whichever side is shorter makes room.
  bool insert(Trade const& trade) {
    auto const begin = trades_.begin() + static_cast<std::ptrdiff_t>(head_);
    auto const place = std::lower_bound(begin, trades_.end(), trade.id,
                                        [](Trade const& one, TradeId id) { return one.id < id; });
    if (place != trades_.end() && place->id == trade.id) return false;
    if (place - begin >= trades_.end() - place) {
      trades_.insert(place, trade);
    } else {
      insert_at_front(static_cast<std::size_t>(place - begin), trade);
    }
    return true;
  }

  [[nodiscard]] Trade const& back() const {
    K2_ASSERT(!empty());
    return trades_.back();
  }
  /// Forgets the trade that is the farthest from the hole.
  void pop_back() {
    K2_ASSERT(!empty());
    trades_.pop_back();
    give_back();
  }

  [[nodiscard]] Trade const& front() const {
    K2_ASSERT(!empty());
    return trades_[head_];
  }

  void pop() {
    K2_ASSERT(!empty());
    ++head_;
    give_back();
  }

  /// Trades for which it holds memory: at most kSlack times what waits, and kSmall.
  [[nodiscard]] std::size_t capacity() const noexcept { return trades_.capacity(); }
  static constexpr std::size_t kSlack = 4;
  static constexpr std::size_t kSmall = 1'024;

  [[nodiscard]] std::size_t size() const noexcept { return trades_.size() - head_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

 private:
  void insert_at_front(std::size_t ahead, Trade const& trade) {
    if (head_ == 0) {
      head_ = std::max<std::size_t>(64, trades_.size() / 2);
      trades_.insert(trades_.begin(), head_, Trade{});
    }
    auto const begin = trades_.begin() + static_cast<std::ptrdiff_t>(head_);
    std::move(begin, begin + static_cast<std::ptrdiff_t>(ahead), begin - 1);
    --head_;
    trades_[head_ + ahead] = trade;
  }
  /// A room is empty nearly always: it costs memory only while something waits. One that is never
  /// empty gives back what it does not need, each time after as many trades have left as are moved.
  void give_back() {
    if (!empty() && (capacity() <= kSmall || capacity() <= kSlack * size())) {
      if (head_ >= kSmall / 2 && head_ >= size()) close_up();
      return;
    }
    std::vector<Trade> kept;
    if (!empty()) {
      kept.reserve(2 * size());
      kept.assign(trades_.begin() + static_cast<std::ptrdiff_t>(head_), trades_.end());
    }
    trades_.swap(kept);
    head_ = 0;
  }
  void close_up() {
    trades_.erase(trades_.begin(), trades_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<Trade> trades_;
  std::size_t head_ = 0;
};

}  // namespace k2::flow
