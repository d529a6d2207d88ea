#include "flow/weight_budget.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// A count that comes this soon after a minute's border may still be of the minute before.
constexpr std::chrono::seconds kBorder{5};

}  // namespace

WeightBudget::WeightBudget(std::uint32_t limit_per_minute, double share)
    : limit_(limit_per_minute), share_(share) {
  K2_ASSERT(share > 0 && share <= 1);
}

void WeightBudget::advance(Now now) {
  auto const second = std::chrono::floor<std::chrono::seconds>(now.mono.time_since_epoch()).count();
  if (second > second_) {
    std::int64_t const passed = std::min(second - second_, kSeconds);
    for (std::int64_t one = second - passed + 1; one <= second; ++one) {
      auto& leaving = spent_in_[static_cast<std::size_t>(one % kSeconds)];
      spent_ -= leaving;
      leaving = 0;
    }
    second_ = second;
  }
  auto const minute = std::chrono::floor<std::chrono::minutes>(now.utc).time_since_epoch().count();
  if (minute == minute_) return;
  minute_ = minute;
  spent_this_minute_ = 0;
  others_ = 0;
}

bool WeightBudget::try_spend(std::uint32_t weight, Now now, double fraction) {
  if (blocked(now.mono)) return false;
  advance(now);
  if (used() + weight > static_cast<double>(limit_) * share_ * fraction) return false;
  spent_in_[static_cast<std::size_t>(second_ % kSeconds)] += weight;
  spent_ += weight;
  spent_this_minute_ += weight;
  return true;
}

void WeightBudget::on_used(std::uint32_t used, Now now) {
  if (K2_PLANTED(kIgnoreUsedWeight)) return;
  advance(now);
  if (now.utc - std::chrono::floor<std::chrono::minutes>(now.utc) < kBorder) return;
  if (used > spent_this_minute_) others_ = std::max(others_, used - spent_this_minute_);
}

void WeightBudget::block(std::chrono::nanoseconds wait, Now now) {
  blocked_until_ = std::max(blocked_until_, now.mono + wait);
}

}  // namespace k2::flow
