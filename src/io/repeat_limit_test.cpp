#include "io/repeat_limit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::io {
namespace {

using namespace std::chrono_literals;
using Verdict = RepeatLimit::Verdict;

constexpr MonoTime at(std::chrono::nanoseconds since_start) {
  return MonoTime{since_start};
}

TEST(RepeatLimit, LetsTheFirstFewPassAndCountsTheRest) {
  RepeatLimit limit{2, 10s};
  EXPECT_EQ(limit.admit("a", at(0s)), (Verdict{true, 0}));
  EXPECT_EQ(limit.admit("a", at(1s)), (Verdict{true, 0}));
  EXPECT_EQ(limit.admit("a", at(2s)), (Verdict{false, 0}));
  EXPECT_EQ(limit.admit("a", at(9'999ms)), (Verdict{false, 0}));
  EXPECT_EQ(limit.admit("a", at(10s)), (Verdict{true, 2}));
  EXPECT_EQ(limit.admit("a", at(11s)), (Verdict{true, 0}));
  EXPECT_EQ(limit.admit("a", at(12s)), (Verdict{false, 0}));
}

TEST(RepeatLimit, CountsEachKeyByItself) {
  RepeatLimit limit{1, 10s};
  EXPECT_TRUE(limit.admit("a", at(0s)).passes);
  EXPECT_TRUE(limit.admit("b", at(0s)).passes);
  EXPECT_FALSE(limit.admit("a", at(1s)).passes);
}

TEST(RepeatLimit, ForgetsTheOldestKeyWhenFull) {
  RepeatLimit limit{1, 1h};
  EXPECT_TRUE(limit.admit("oldest", at(0s)).passes);
  for (std::size_t key = 1; key < RepeatLimit::kKeysMax; ++key) {
    EXPECT_TRUE(limit.admit(std::to_string(key), at(1s)).passes);
  }
  EXPECT_FALSE(limit.admit("oldest", at(2s)).passes);
  EXPECT_TRUE(limit.admit("one more", at(2s)).passes);
  EXPECT_FALSE(limit.admit("1", at(3s)).passes);
  EXPECT_TRUE(limit.admit("oldest", at(3s)).passes);
}

}  // namespace
}  // namespace k2::io
