// The liveness of a thread: it beats, others query how long ago. Any thread, without a lock.
#pragma once

#include <atomic>
#include <chrono>

namespace k2::io {

class Heartbeat {
 public:
  void beat() noexcept {
    at_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  }
  /// Returns the time since the newest beat; before the first, since the construction.
  [[nodiscard]] std::chrono::nanoseconds age() const noexcept {
    return Clock::now().time_since_epoch() - Clock::duration{at_.load(std::memory_order_relaxed)};
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::atomic<Clock::rep> at_{Clock::now().time_since_epoch().count()};
};

}  // namespace k2::io
