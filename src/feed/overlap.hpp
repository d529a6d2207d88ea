// Two lines side by side: which symbols the new one has proven. A symbol that traded on the old
// line is proven when the new line has delivered it too and the old one has reached the new one's
// first id: then no id can lie between them. Pure; lives in Seat.
#pragma once

#include "core/ids.hpp"

#include <cstddef>
#include <vector>

namespace k2::feed {

class Overlap {
 public:
  /// Two lines begin to run side by side. What the old one brings counts once judge() was called:
  /// before that the new one may not have all its streams yet.
  void begin();
  /// The new line should have all its streams by now.
  void judge() noexcept { judging_ = true; }
  [[nodiscard]] bool judging() const noexcept { return judging_; }

  void seen_on_old(SymbolIndex symbol, TradeId id);
  void seen_on_new(SymbolIndex symbol, TradeId id);
  /// The symbol's streams ended.
  void forget(SymbolIndex symbol);

  /// The new line has delivered something, and all that traded on the old one.
  [[nodiscard]] bool proven() const noexcept { return judging_ && delivers() && unproven_ == 0; }
  /// The new line has delivered something.
  [[nodiscard]] bool delivers() const noexcept { return new_trades_ > 0; }
  /// The old line brought something that the new one has not.
  [[nodiscard]] bool lacking() const noexcept { return unproven_ > 0; }

 private:
  struct Pair {
    bool on_old = false;
    bool on_new = false;
    TradeId old_last{};
    TradeId new_first{};
    [[nodiscard]] bool unproven() const noexcept {
      return on_old && !(on_new && old_last >= new_first);
    }
  };

  template <class Change>
  void update(SymbolIndex symbol, Change change);

  std::vector<Pair> symbols_;
  std::size_t unproven_ = 0;
  std::size_t new_trades_ = 0;
  bool judging_ = false;
};

}  // namespace k2::feed
