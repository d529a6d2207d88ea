#include "flow/weight_budget.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace k2::flow {

WeightBudget::WeightBudget(std::uint32_t limit_per_minute, double share)
    : limit_(limit_per_minute), share_(share) {
  K2_ASSERT(share > 0 && share <= 1);
}

void WeightBudget::turn_minute(Now now) {
  auto const minute = std::chrono::floor<std::chrono::minutes>(now.utc).time_since_epoch().count();
  if (minute == minute_) return;
  minute_ = minute;
  used_ = 0;
}

bool WeightBudget::try_spend(std::uint32_t weight, Now now, double fraction) {
  if (now.mono < blocked_until_) return false;
  turn_minute(now);
  if (used_ + weight > static_cast<double>(limit_) * share_ * fraction) return false;
  used_ += weight;
  return true;
}

void WeightBudget::on_used(std::uint32_t used, Now now) {
  turn_minute(now);
  used_ = std::max(used_, used);
}

void WeightBudget::block(std::chrono::nanoseconds wait, Now now) {
  blocked_until_ = std::max(blocked_until_, now.mono + wait);
}

}  // namespace k2::flow
