#include "watch/delivery_lag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::watch {
namespace {

using std::chrono::seconds;

TEST(DeliveryLag, IsNoneWhileAllIsDelivered) {
  DeliveryLag lag;
  EXPECT_EQ(lag.note(10, 10, MonoTime{seconds{1}}), seconds{0});
  EXPECT_EQ(lag.note(20, 20, MonoTime{seconds{2}}), seconds{0});
}

TEST(DeliveryLag, CountsFromWhenTheOldestUndeliveredWasDurable) {
  DeliveryLag lag;
  EXPECT_EQ(lag.note(10, 10, MonoTime{seconds{1}}), seconds{0});
  EXPECT_EQ(lag.note(20, 10, MonoTime{seconds{2}}), seconds{0});
  EXPECT_EQ(lag.note(30, 15, MonoTime{seconds{5}}), seconds{3});
  EXPECT_EQ(lag.note(30, 20, MonoTime{seconds{6}}), seconds{1});
  EXPECT_EQ(lag.note(30, 30, MonoTime{seconds{7}}), seconds{0});
}

TEST(DeliveryLag, IsAnHourAtMost) {
  DeliveryLag lag;
  std::chrono::nanoseconds last{};
  for (int at = 1; at <= 4000; ++at) {
    last = lag.note(static_cast<std::uint64_t>(at), 0, MonoTime{seconds{at}});
  }
  EXPECT_EQ(last, seconds{3599});
}

}  // namespace
}  // namespace k2::watch
