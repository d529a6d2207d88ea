#include "shard/turn_pace.hpp"

#include <gtest/gtest.h>

namespace k2::shard {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

TEST(TurnPace, LetsTurnsThatAreRareFollowAtOnce) {
  TurnPace pace{500us, 2ms};
  for (auto now = kStart; now < kStart + 1s; now += 500us) {
    EXPECT_EQ(pace.on_turn(now), 0ns) << "a turn each 500 us needs no rest";
  }
}

TEST(TurnPace, LetsAFewFollowEachOtherAtOnceAndKeepsTheNextApart) {
  TurnPace pace{500us, 2ms};
  for (int turn = 0; turn < 5; ++turn) EXPECT_EQ(pace.on_turn(kStart), 0ns) << turn;
  EXPECT_EQ(pace.on_turn(kStart), 500us);
  EXPECT_EQ(pace.on_turn(kStart + 500us), 500us);
  EXPECT_EQ(pace.on_turn(kStart + 1100us), 400us) << "late by 100 us: the pace is kept";
}

TEST(TurnPace, DoesNotWaitBehindATurnThatTookLonger) {
  TurnPace pace{500us, 2ms};
  auto now = kStart;
  for (int turn = 0; turn < 100; ++turn) EXPECT_EQ(pace.on_turn(now += 600us), 0ns);
}

TEST(TurnPace, SavesUpNoMoreThanItSays) {
  TurnPace pace{500us, 2ms};
  for (int turn = 0; turn < 5; ++turn) (void)pace.on_turn(kStart);
  auto const later = kStart + 1h;
  for (int turn = 0; turn < 5; ++turn) EXPECT_EQ(pace.on_turn(later), 0ns) << turn;
  EXPECT_EQ(pace.on_turn(later), 500us);
}

}  // namespace
}  // namespace k2::shard
