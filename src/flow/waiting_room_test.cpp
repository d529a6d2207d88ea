#include "flow/waiting_room.hpp"

#include <gtest/gtest.h>

namespace k2::flow {
namespace {

Trade trade(std::uint64_t id) {
  Trade made;
  made.id = TradeId{id};
  return made;
}

TEST(WaitingRoom, LetsTradesOutInTheOrderOfTheirIds) {
  WaitingRoom room;
  for (auto const id : {5U, 3U, 9U, 4U, 7U}) EXPECT_TRUE(room.insert(trade(id)));
  for (auto const id : {3U, 4U, 5U, 7U, 9U}) {
    EXPECT_EQ(room.front().id, TradeId{id});
    room.pop();
  }
  EXPECT_TRUE(room.empty());
}

TEST(WaitingRoom, TakesEachIdOnce) {
  WaitingRoom room;
  EXPECT_TRUE(room.insert(trade(5)));
  EXPECT_FALSE(room.insert(trade(5)));
  EXPECT_EQ(room.size(), 1U);
}

TEST(WaitingRoom, PutsAnEarlierTradeBeforeTheFrontEvenAfterSomeLeft) {
  WaitingRoom room;
  for (auto const id : {1U, 5U, 6U}) EXPECT_TRUE(room.insert(trade(id)));
  room.pop();
  EXPECT_TRUE(room.insert(trade(4)));
  EXPECT_EQ(room.front().id, TradeId{4});
  EXPECT_EQ(room.size(), 3U);
}

TEST(WaitingRoom, TakesPagesBeforeManyThatWaitAlready) {
  WaitingRoom room;
  for (std::uint64_t id = 5'000; id < 6'000; ++id) EXPECT_TRUE(room.insert(trade(id)));
  for (std::uint64_t id = 1'000; id < 2'000; ++id) EXPECT_TRUE(room.insert(trade(id)));
  EXPECT_FALSE(room.insert(trade(1'500)));
  EXPECT_FALSE(room.insert(trade(5'500)));
  for (std::uint64_t id = 1'000; id < 2'000; ++id) {
    ASSERT_EQ(room.front().id, TradeId{id});
    room.pop();
  }
  EXPECT_EQ(room.front().id, TradeId{5'000});
  EXPECT_EQ(room.size(), 1'000U);
}

TEST(WaitingRoom, ForgetsTheFarthestFirst) {
  WaitingRoom room;
  for (auto const id : {5U, 3U, 9U}) EXPECT_TRUE(room.insert(trade(id)));
  EXPECT_EQ(room.back().id, TradeId{9});
  room.pop_back();
  room.pop();
  EXPECT_EQ(room.back().id, TradeId{5});
  room.pop_back();
  EXPECT_TRUE(room.empty());
}

TEST(WaitingRoom, HoldsNoMoreMemoryWhenItIsNeverEmpty) {
  WaitingRoom room;
  std::uint64_t next = 1;
  for (; next <= 3; ++next) EXPECT_TRUE(room.insert(trade(next)));
  for (; next <= 200'000; ++next) {
    ASSERT_TRUE(room.insert(trade(next)));
    ASSERT_EQ(room.front().id, TradeId{next - 3});
    room.pop();
  }
  EXPECT_EQ(room.size(), 3U);
  EXPECT_LE(room.capacity(), WaitingRoom::kSmall);
}

TEST(WaitingRoom, GivesBackMemoryAfterMuchWaited) {
  WaitingRoom room;
  for (std::uint64_t id = 1; id <= 16'000; ++id) ASSERT_TRUE(room.insert(trade(id)));
  for (std::uint64_t id = 1; id <= 15'000; ++id) {
    ASSERT_EQ(room.front().id, TradeId{id});
    room.pop();
  }
  EXPECT_LE(room.capacity(), WaitingRoom::kSlack * room.size());
  for (std::uint64_t id = 16'000; id > 15'010; --id) {
    ASSERT_EQ(room.back().id, TradeId{id});
    room.pop_back();
  }
  EXPECT_EQ(room.size(), 10U);
  EXPECT_LE(room.capacity(), WaitingRoom::kSmall);
  EXPECT_EQ(room.front().id, TradeId{15'001});
}

}  // namespace
}  // namespace k2::flow
