// Decides when to connect again: the first time immediately, then after exponentially growing waits
// with full jitter up to a cap, without an end, and never more often than the exchange allows.
// Pure: gets the time as an argument.
#pragma once

#include "core/ring.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <chrono>

namespace k2::feed {

struct BackoffOptions {
  /// The ceiling of the second wait; it doubles from there.
  std::chrono::milliseconds base{1'000};
  /// The ceiling of all later waits.
  std::chrono::milliseconds cap{60'000};
};

class Backoff {
 public:
  Backoff(BackoffOptions options, Rng rng) : options_(options), rng_(rng) {}

  /// Returns the wait before the next attempt; each call makes the next wait longer.
  [[nodiscard]] std::chrono::milliseconds next() {
    int const attempt = attempts_++;
    if (attempt == 0) return std::chrono::milliseconds{0};
    auto ceiling = options_.base;
    for (int doubling = 1; doubling < attempt && ceiling < options_.cap; ++doubling) ceiling *= 2;
    ceiling = std::min(ceiling, options_.cap);
    return std::chrono::milliseconds{rng_.below(static_cast<std::uint64_t>(ceiling.count()) + 1)};
  }

  /// A connection has proven itself: the next loss starts over.
  void reset() noexcept { attempts_ = 0; }
  [[nodiscard]] int attempts() const noexcept { return attempts_; }

 private:
  BackoffOptions options_;
  Rng rng_;
  int attempts_ = 0;
};

/// Connection attempts of the whole process inside a sliding window.
class ConnectBudget {
 public:
  ConnectBudget(std::size_t per_window, std::chrono::nanoseconds window)
      : window_(window), attempts_(per_window) {}

  /// The earliest time at which one more attempt is allowed that leaves `kept` to others.
  [[nodiscard]] MonoTime free_at(MonoTime now, std::size_t kept = 0) const {
    MonoTime const at = std::max(now, blocked_until_);
    std::size_t const allowed = attempts_.capacity() - std::min(kept, attempts_.capacity() - 1);
    if (attempts_.size() < allowed) return at;
    return std::max(at, attempts_[attempts_.size() - allowed] + window_);
  }

  [[nodiscard]] std::size_t per_window() const noexcept { return attempts_.capacity(); }
  /// Forbids attempts before `until`, because the exchange demanded a pause.
  void block(MonoTime until) { blocked_until_ = std::max(blocked_until_, until); }

  /// Counts an attempt made at `now`, which must not be before free_at().
  void spend(MonoTime now) {
    K2_ASSERT(free_at(now) <= now);
    if (attempts_.full()) attempts_.pop();
    K2_ASSERT(attempts_.push(now));
  }

 private:
  std::chrono::nanoseconds window_;
  MonoTime blocked_until_ = MonoTime::min();
  Ring<MonoTime> attempts_;
};

}  // namespace k2::feed
