// Decides when a shard's thread may take its next turn, which handles all that its sockets and
// timers have by then. Turns are free as long as they are rare. Under load they are kept apart:
// waking a thread for each trade costs more than the trade itself, and a turn takes all that
// arrived in the meantime. Pure; io/paced_loop uses it.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>

namespace k2::shard {

class TurnPace {
 public:
  /// Keeps turns `apart`; after a quiet time, as many as fit into `saved` may follow each other
  /// immediately.
  TurnPace(std::chrono::nanoseconds apart, std::chrono::nanoseconds saved) noexcept
      : apart_(apart), saved_(saved) {}

  /// A turn has ended: how long the next one has to wait, zero when it may begin.
  [[nodiscard]] std::chrono::nanoseconds on_turn(MonoTime now) noexcept {
    next_ = std::max(next_ + apart_, now - saved_);
    return std::max(std::chrono::nanoseconds::zero(), next_ - now);
  }

 private:
  std::chrono::nanoseconds apart_;
  std::chrono::nanoseconds saved_;
  MonoTime next_{};
};

}  // namespace k2::shard
