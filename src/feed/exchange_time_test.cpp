#include "feed/exchange_time.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace k2::feed {
namespace {

UtcTime at_us(std::int64_t us) {
  return UtcTime{std::chrono::microseconds{us}};
}

TEST(ExchangeTime, TellsMillisecondsFromMicrosecondsByMagnitude) {
  EXPECT_EQ(exchange_time(1'672'515'782'136), at_us(1'672'515'782'136'000));
  EXPECT_EQ(exchange_time(1'672'515'782'136'789), at_us(1'672'515'782'136'789));
  EXPECT_EQ(exchange_time(99'999'999'999'999), at_us(99'999'999'999'999'000));
  EXPECT_EQ(exchange_time(100'000'000'000'000), at_us(100'000'000'000'000));
  EXPECT_EQ(exchange_time(0), at_us(0));
}

TEST(ExchangeTime, RefusesWhatNoCalendarHas) {
  EXPECT_EQ(exchange_time(-1), std::nullopt);
  EXPECT_EQ(exchange_time(kTimeMax), at_us(kTimeMax));
  EXPECT_EQ(exchange_time(kTimeMax + 1), std::nullopt);
  EXPECT_EQ(exchange_time(std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

}  // namespace
}  // namespace k2::feed
