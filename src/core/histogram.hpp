// A histogram of durations in buckets that double from 16 us to 33 s. An observation is a shift and
// two additions, without a lock or an allocation. A reader copies the whole histogram. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace k2 {

class Histogram {
 public:
  static constexpr std::size_t kBounds = 22;

  /// The upper bound of a bucket, itself included.
  [[nodiscard]] static constexpr std::chrono::microseconds bound(std::size_t at) noexcept {
    return std::chrono::microseconds{std::int64_t{1} << (at + kFirstPower)};
  }

  /// The longest duration that enters the sum. A longer one comes from a wrong clock, not from a
  /// wait.
  static constexpr std::chrono::microseconds kLongest = std::chrono::hours{1};

  /// It happened so many times. Negative times, which clocks that disagree make, count as none.
  /// Hot.
  constexpr void observe(std::chrono::microseconds took, std::uint64_t times = 1) noexcept {
    auto const us = static_cast<std::uint64_t>(std::clamp(took, took.zero(), kLongest).count());
    // The smallest power of two that is not below it.
    auto const power = us == 0 ? 0U : static_cast<unsigned>(std::bit_width(us - 1));
    std::size_t const at = power < kFirstPower ? 0 : power - kFirstPower;
    counts_[at < kBounds ? at : kBounds] += times;
    sum_us_ += us * times;
  }

  /// One for each bound, and one for what is beyond all of them.
  [[nodiscard]] constexpr std::array<std::uint64_t, kBounds + 1> const& counts() const noexcept {
    return counts_;
  }
  [[nodiscard]] constexpr std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (std::uint64_t const one : counts_) all += one;
    return all;
  }
  [[nodiscard]] constexpr std::chrono::microseconds sum() const noexcept {
    return std::chrono::microseconds{static_cast<std::int64_t>(sum_us_)};
  }

 private:
  static constexpr unsigned kFirstPower = 4;

  std::array<std::uint64_t, kBounds + 1> counts_{};
  std::uint64_t sum_us_ = 0;
};

}  // namespace k2
