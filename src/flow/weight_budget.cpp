#include "flow/weight_budget.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// A count that comes this soon after a minute's border may still be of the minute before.
constexpr std::chrono::seconds kBorder{5};

/// The shares of the budget that the purposes may use. Chosen: the reserve of 5 % is ten requests
/// of the default budget; what runs evenly gives way to it within seconds.
constexpr double kCatchUpShare = 0.95;
constexpr double kDeclaredShare = 0.7;
constexpr double kProbesOwnShare = 0.1;
/// Limit by which even spending may run ahead. Chosen: a turn of the probes is a second apart.
constexpr std::chrono::seconds kAhead{2};

double share_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::kSmallGap:
    case Purpose::kProbe:
      return 1;
    case Purpose::kCatchUp:
      return kCatchUpShare;
    case Purpose::kDeclared:
      return kDeclaredShare;
  }
  return 1;
}

std::chrono::nanoseconds time_of(std::uint32_t weight, double per_second) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{weight / per_second});
}

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

/// The even rate: what others spend of this minute is theirs.
double WeightBudget::weight_per_second() const {
  double const minute = static_cast<double>(limit_) * share_ * kCatchUpShare - others_;
  return std::max(minute, 1.0) / kSeconds;
}

bool WeightBudget::allows(std::uint32_t weight, Now now, Purpose purpose) const {
  double const budget = static_cast<double>(limit_) * (K2_PLANTED(kIgnoreShare) ? 1 : share_);
  if (K2_PLANTED(kUnfairBudget)) purpose = Purpose::kSmallGap;
  if (used() + weight > budget * share_of(purpose)) return false;
  if (purpose == Purpose::kSmallGap || paced_until_ <= now.mono + kAhead) return true;
  return purpose == Purpose::kProbe && probes_until_ <= now.mono + kAhead;
}

bool WeightBudget::try_spend(std::uint32_t weight, Now now, Purpose purpose) {
  if (blocked(now.mono)) return false;
  advance(now);
  if (!allows(weight, now, purpose)) return false;
  spent_in_[static_cast<std::size_t>(second_ % kSeconds)] += weight;
  spent_ += weight;
  spent_this_minute_ += weight;
  // Whatever is spent is missing for what runs evenly.
  auto const latest = now.mono + std::chrono::seconds{kSeconds};
  auto const took = time_of(weight, weight_per_second());
  paced_until_ = std::min(std::max(paced_until_, now.mono) + took, latest);
  if (purpose == Purpose::kProbe) {
    auto const own = time_of(weight, weight_per_second() * kProbesOwnShare);
    probes_until_ = std::min(std::max(probes_until_, now.mono) + own, latest);
  }
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
