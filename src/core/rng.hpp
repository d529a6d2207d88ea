// A small seeded generator (xoshiro256++, seeded by splitmix64): the same seed gives the same
// numbers on every machine, which std::uniform_int_distribution does not promise.
#pragma once

#include <array>
#include <cstdint>

namespace k2 {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) noexcept;

  /// 64 uniform bits.
  std::uint64_t next() noexcept;
  /// Uniform in 0..bound-1; bound must not be 0. The bias is below 2^-32 for any bound K2 uses.
  std::uint64_t below(std::uint64_t bound) noexcept;
  /// Uniform in [0, 1).
  double unit() noexcept;
  /// True with the given probability.
  bool chance(double probability) noexcept { return unit() < probability; }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace k2
