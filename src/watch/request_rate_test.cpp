#include "watch/request_rate.hpp"

#include <gtest/gtest.h>

namespace k2::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonoTime kStart{seconds{100}};

int admitted(RequestRate& rate, std::string_view client, int asked, MonoTime now) {
  int count = 0;
  for (int at = 0; at < asked; ++at) count += rate.admit(client, now) ? 1 : 0;
  return count;
}

TEST(RequestRate, AllowsABurstAndThenSoManyASecond) {
  RequestRate rate;
  EXPECT_EQ(admitted(rate, "10.0.0.1", 1000, kStart), 200);
  EXPECT_EQ(admitted(rate, "10.0.0.1", 1000, kStart + seconds{1}), 50);
  EXPECT_EQ(admitted(rate, "10.0.0.1", 1000, kStart + seconds{1} + milliseconds{20}), 1);
  EXPECT_EQ(admitted(rate, "10.0.0.1", 1000, kStart + seconds{100}), 200);
}

TEST(RequestRate, KeepsNobodyFromAskingForWhatAnotherDoes) {
  RequestRate rate;
  EXPECT_EQ(admitted(rate, "10.0.0.1", 1000, kStart), 200);
  EXPECT_TRUE(rate.admit("10.0.0.2", kStart));
}

TEST(RequestRate, ForgetsWhoAskedTheLongestTimeAgo) {
  RequestRate rate;
  EXPECT_EQ(admitted(rate, "flood", 300, kStart), 200);
  for (int at = 0; at < 1000; ++at) {
    auto const now = kStart + milliseconds{1 + at};
    EXPECT_TRUE(rate.admit(std::to_string(at), now));
    EXPECT_LE(rate.clients(), RequestRate::kClientsMax);
  }
  EXPECT_TRUE(rate.admit("flood", kStart + milliseconds{1001})) << "it begins anew";
}

}  // namespace
}  // namespace k2::watch
