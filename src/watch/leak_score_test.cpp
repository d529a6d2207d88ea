#include "watch/leak_score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace k2::watch {
namespace {

/// One sample each 30 s; the numbers are MB.
LeakScore scored(std::vector<double> const& series) {
  LeakScore score;
  MonoTime now{std::chrono::hours{1000}};
  for (double const mb : series) {
    score.sample(now, static_cast<std::uint64_t>(mb * (1 << 20)));
    now += std::chrono::seconds{30};
  }
  return score;
}

std::vector<double> line(std::size_t count, double mb_per_hour) {
  std::vector<double> series;
  for (std::size_t at = 0; at < count; ++at) {
    series.push_back(50 + mb_per_hour * static_cast<double>(at) / 120);
  }
  return series;
}

TEST(LeakScore, OfAFlatSeriesIsZero) {
  EXPECT_EQ(scored(std::vector<double>(120, 50)).score(), 0);
}

TEST(LeakScore, OfALineIsItsSlopeOverFifty) {
  EXPECT_NEAR(scored(line(120, 25)).score(), 0.5, 1e-6);
  EXPECT_NEAR(scored(line(120, 25)).mb_per_hour(), 25, 1e-4);
  EXPECT_NEAR(scored(line(120, 100)).score(), 1, 1e-6);
}

TEST(LeakScore, OfAFallingLineIsZero) {
  EXPECT_EQ(scored(line(120, -25)).score(), 0);
  EXPECT_NEAR(scored(line(120, -25)).mb_per_hour(), -25, 1e-4);
}

TEST(LeakScore, NeedsTenSamples) {
  EXPECT_EQ(scored(line(9, 100)).score(), 0);
  EXPECT_NEAR(scored(line(10, 100)).score(), 1, 1e-6);
}

// The expected score: with x = 0..11 the sum of squares about the mean is 143. Alternating 0 and 2:
// xy = 6, yy = 12; the slope is 6/143 a step, 5.035 MB/h; R^2 = 36 / (143 * 12) = 0.02098.
TEST(LeakScore, OfNoiseIsNextToNothing) {
  EXPECT_NEAR(scored({50, 52, 50, 52, 50, 52, 50, 52, 50, 52, 50, 52}).score(), 0.0021126, 1e-6);
}

// Three teeth 0, 10, 20, 30: xy = 150, yy = 1500; 125.9 MB/h; R^2 = 22500 / 214500.
TEST(LeakScore, OfASawtoothIsLow) {
  EXPECT_NEAR(scored({0, 10, 20, 30, 0, 10, 20, 30, 0, 10, 20, 30}).score(), 0.104895, 1e-6);
}

// Six of 50, six of 60: xy = 180, yy = 300; 151 MB/h; R^2 = 32400 / 42900.
TEST(LeakScore, OfAStepStaysBelowTheAlert) {
  EXPECT_NEAR(scored({50, 50, 50, 50, 50, 50, 60, 60, 60, 60, 60, 60}).score(), 0.755245, 1e-6);
}

/// Memory as an allocator makes it: up and down by as much as `mb`, without a period.
std::vector<double> with_noise(std::vector<double> series, double mb) {
  std::uint32_t state = 1;
  for (double& one : series) {
    state = state * 1'664'525 + 1'013'904'223;
    one += mb * (static_cast<double>(state >> 16) / 32'768.0 - 1);
  }
  return series;
}

TEST(LeakScore, OfALeakOf100MbAnHourIsAboveTheAlertWithinAQuarterOfAnHour) {
  EXPECT_GT(scored(with_noise(line(120, 100), 5)).score(), 0.8);
  EXPECT_GT(scored(with_noise(line(30, 100), 1)).score(), 0.8);
}

TEST(LeakScore, OfAFlatHourIsNextToNothing) {
  EXPECT_LT(scored(with_noise(line(120, 0), 5)).score(), 0.1);
  EXPECT_LT(scored(with_noise(line(120, 2), 1)).score(), 0.1);
}

TEST(LeakScore, ForgetsWhatIsOlderThanItsWindow) {
  std::vector<double> series = line(120, 100);
  series.insert(series.end(), 120, series.back());
  EXPECT_EQ(scored(series).score(), 0);
}

}  // namespace
}  // namespace k2::watch
