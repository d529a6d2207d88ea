#include "watch/leak_score.hpp"

#include <algorithm>
#include <chrono>

namespace k2::watch {

void LeakScore::sample(MonoTime now, std::uint64_t rss_bytes) {
  if (samples_.full()) samples_.pop();
  using Hours = std::chrono::duration<double, std::ratio<3600>>;
  K2_ASSERT(samples_.push({.hours = Hours{now.time_since_epoch()}.count(),
                           .mb = static_cast<double>(rss_bytes) / (1 << 20)}));
  fit();
}

/// Least squares.
void LeakScore::fit() {
  score_ = mb_per_hour_ = 0;
  std::size_t const count = samples_.size();
  if (count < kSamplesMin) return;
  // Times count from the first sample: hours since an arbitrary start would cost digits.
  Sample const origin = samples_.front();
  Sample mean;
  for (std::size_t at = 0; at < count; ++at) {
    mean.hours += (samples_[at].hours - origin.hours) / static_cast<double>(count);
    mean.mb += (samples_[at].mb - origin.mb) / static_cast<double>(count);
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (std::size_t at = 0; at < count; ++at) {
    double const x = samples_[at].hours - origin.hours - mean.hours;
    double const y = samples_[at].mb - origin.mb - mean.mb;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  if (xx <= 0) return;
  mb_per_hour_ = xy / xx;
  if (mb_per_hour_ <= 0 || yy <= 0) return;
  double const r_squared = xy * xy / (xx * yy);
  score_ = std::min(mb_per_hour_ / kLeakMbPerHour, 1.0) * r_squared;
}

}  // namespace k2::watch
