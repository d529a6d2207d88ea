// The REST request weight that this process may spend: so much a clock minute, a share of what the
// exchange allows to the address. What the exchange itself counts (a reply header) is believed
// over our own sum. Pure: told the time.
#pragma once

#include "core/time.hpp"

#include <chrono>
#include <cstdint>

namespace k2::flow {

class WeightBudget {
 public:
  /// `share` of `limit_per_minute` is spent at most; 0 < share <= 1.
  WeightBudget(std::uint32_t limit_per_minute, double share);

  /// Takes the weight if `fraction` of the budget has room for it. Backfill asks with 1, what can
  /// wait with less.
  [[nodiscard]] bool try_spend(std::uint32_t weight, Now now, double fraction = 1.0);

  /// The exchange's own count of this minute, from a reply.
  void on_used(std::uint32_t used, Now now);
  /// The limit that exchangeInfo states.
  void set_limit(std::uint32_t limit_per_minute) noexcept { limit_ = limit_per_minute; }
  /// 429 or 418: nothing is spent until then.
  void block(std::chrono::nanoseconds wait, Now now);

  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }

 private:
  void turn_minute(Now now);

  std::uint32_t limit_;
  double share_;
  std::uint32_t used_ = 0;
  std::int64_t minute_ = -1;
  MonoTime blocked_until_ = MonoTime::min();
};

}  // namespace k2::flow
