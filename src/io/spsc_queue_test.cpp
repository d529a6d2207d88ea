#include "io/spsc_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace k2::io {
namespace {

TEST(SpscQueue, SaysNoWhenFullAndKeepsTheItem) {
  SpscQueue<std::unique_ptr<int>> queue{2};
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(1)));
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.try_push(std::move(third)));
  EXPECT_EQ(*third, 3);  // NOLINT(bugprone-use-after-move): refused, so not moved from
  std::unique_ptr<int> item;
  EXPECT_TRUE(queue.try_pop(item));
  EXPECT_EQ(*item, 1);
  EXPECT_EQ(queue.size(), 1U);
}

TEST(SpscQueue, KeepsTheOrderBetweenTwoThreads) {
  SpscQueue<int> queue{8};
  constexpr int kItems = 100'000;
  std::thread pusher{[&queue] {
    for (int item = 0; item < kItems; ++item) {
      while (!queue.try_push(int{item})) std::this_thread::yield();
    }
  }};
  for (int expected = 0; expected < kItems; ++expected) {
    int item = -1;
    while (!queue.try_pop(item)) std::this_thread::yield();
    ASSERT_EQ(item, expected);
  }
  pusher.join();
}

}  // namespace
}  // namespace k2::io
