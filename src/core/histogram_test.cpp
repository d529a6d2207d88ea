#include "core/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2 {
namespace {

using std::chrono::microseconds;

TEST(Histogram, PutsATimeIntoTheFirstBucketThatHoldsIt) {
  Histogram histogram;
  histogram.observe(microseconds{0});
  histogram.observe(microseconds{16});
  histogram.observe(microseconds{17});
  histogram.observe(microseconds{32});
  histogram.observe(microseconds{33});
  EXPECT_EQ(histogram.counts()[0], 2U);
  EXPECT_EQ(histogram.counts()[1], 2U);
  EXPECT_EQ(histogram.counts()[2], 1U);
  EXPECT_EQ(Histogram::bound(0), microseconds{16});
  EXPECT_EQ(Histogram::bound(1), microseconds{32});
  EXPECT_EQ(histogram.count(), 5U);
  EXPECT_EQ(histogram.sum(), microseconds{98});
}

TEST(Histogram, KeepsWhatIsBeyondItsBounds) {
  Histogram histogram;
  EXPECT_EQ(Histogram::bound(Histogram::kBounds - 1), microseconds{33'554'432});
  histogram.observe(microseconds{33'554'432});
  histogram.observe(microseconds{33'554'433}, 3);
  EXPECT_EQ(histogram.counts()[Histogram::kBounds - 1], 1U);
  EXPECT_EQ(histogram.counts()[Histogram::kBounds], 3U);
}

TEST(Histogram, AddsNoMoreThanAnHour) {
  Histogram histogram;
  histogram.observe(std::chrono::hours{24 * 365});
  EXPECT_EQ(histogram.sum(), std::chrono::hours{1});
}

TEST(Histogram, TakesANegativeTimeAsNone) {
  Histogram histogram;
  histogram.observe(microseconds{-5});
  EXPECT_EQ(histogram.counts()[0], 1U);
  EXPECT_EQ(histogram.sum(), microseconds{0});
}

}  // namespace
}  // namespace k2
