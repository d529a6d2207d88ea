#include "core/rng.hpp"

#include <gtest/gtest.h>

#include <array>

namespace k2 {
namespace {

TEST(Rng, GivesTheSameNumbersForTheSameSeedForEver) {
  Rng rng{1};
  EXPECT_EQ(rng.next(), 14971601782005023387U);
  EXPECT_EQ(rng.next(), 13781649495232077965U);
}

TEST(Rng, StaysBelowItsBoundAndReachesEveryValue) {
  Rng rng{7};
  std::array<int, 5> seen{};
  for (int draw = 0; draw < 1'000; ++draw) ++seen.at(rng.below(5));
  for (int const count : seen) EXPECT_GT(count, 100);
}

TEST(Rng, IsTrueAsOftenAsItsChance) {
  Rng rng{7};
  int hits = 0;
  for (int draw = 0; draw < 10'000; ++draw) hits += rng.chance(0.25) ? 1 : 0;
  EXPECT_GT(hits, 2'300);
  EXPECT_LT(hits, 2'700);
}

}  // namespace
}  // namespace k2
