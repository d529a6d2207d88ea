#include "app/progress.hpp"

#include <gtest/gtest.h>

namespace k2::app {
namespace {

using namespace std::chrono_literals;

ProgressSnapshot const kSnapshot{.running = 3725s,
                                 .rate = 8121.6,
                                 .accepted = 1'234'567,
                                 .lines_live = 1,
                                 .lines_wanted = 2,
                                 .gaps_open = 1,
                                 .backfilled = 85,
                                 .journal_waiting = 12,
                                 .lag = -3ms};

TEST(Progress, SaysAllOnAWideTerminal) {
  EXPECT_EQ(format_progress(kSnapshot, 200),
            "8,122 trades/s | 1,234,567 accepted | 1/2 lines | 1 gap open | 85 backfilled | "
            "12 to store | lag -3 ms | 1:02:05");
}

TEST(Progress, LeavesOutWhatMattersLeastOnANarrowOne) {
  EXPECT_EQ(format_progress(kSnapshot, 81),
            "8,122 trades/s | 1,234,567 accepted | 1/2 lines | 1 gap open | 85 backfilled");
  EXPECT_EQ(format_progress(kSnapshot, 14), "8,122 trades/s");
  EXPECT_EQ(format_progress(kSnapshot, 13), "");
  EXPECT_EQ(format_progress(kSnapshot, 0), "");
  for (std::size_t columns = 0; columns < 150; ++columns) {
    EXPECT_LE(format_progress(kSnapshot, columns).size(), columns);
  }
}

TEST(Progress, SpeaksOfManyAndOfOne) {
  ProgressSnapshot const fresh{.running = 0s};
  EXPECT_EQ(format_progress(fresh, 200),
            "0 trades/s | 0 accepted | 0/1 line | 0 gaps open | 0 backfilled | 0 to store | "
            "lag 0 ms | 0:00:00");
}

TEST(WithCommas, GroupsThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
}

TEST(RateMeter, MeasuresOverTheLastSamples) {
  RateMeter meter;
  auto const at = [](auto since_start) { return MonoTime{since_start}; };
  EXPECT_EQ(meter.sample(0, at(0s)), 0);
  EXPECT_EQ(meter.sample(100, at(1s)), 100);
  EXPECT_EQ(meter.sample(300, at(2s)), 150);
  EXPECT_EQ(meter.sample(300, at(3s)), 100);
  EXPECT_EQ(meter.sample(300, at(4s)), 75);
  // The first sample has left: 200 since second 1.
  EXPECT_EQ(meter.sample(300, at(5s)), 50);
}

TEST(RateMeter, IsZeroWhenNoTimePassed) {
  RateMeter meter;
  EXPECT_EQ(meter.sample(5, MonoTime{}), 0);
  EXPECT_EQ(meter.sample(50, MonoTime{}), 0);
}

}  // namespace
}  // namespace k2::app
