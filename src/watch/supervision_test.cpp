#include "watch/supervision.hpp"

#include "watch/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::watch {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

MonoTime at(int second) {
  return MonoTime{seconds{second}};
}

/// Published at that second.
Snapshot healthy(int second) {
  Snapshot snapshot;
  snapshot.at.mono = at(second);
  snapshot.links.live = true;
  snapshot.tape.symbols.resize(2);
  return snapshot;
}

TEST(Supervision, SaysReadyOnceTheTapeFlows) {
  Supervision supervision{std::nullopt};
  Snapshot early = healthy(1);
  early.links.live = false;
  EXPECT_EQ(supervision.tell(early, false, at(1)),
            "STATUS=not ready: a connection that carries trades is not live\n");
  EXPECT_EQ(supervision.tell(early, false, at(1)), "");
  EXPECT_EQ(supervision.tell(healthy(2), false, at(2)), "READY=1\nSTATUS=recording 2 symbols\n");
  EXPECT_EQ(supervision.tell(healthy(3), false, at(3)), "");
  // The ready message is sent once; later messages are a status.
  early.at.mono = at(4);
  EXPECT_EQ(supervision.tell(early, false, at(4)),
            "STATUS=not ready: a connection that carries trades is not live\n");
  EXPECT_EQ(supervision.tell(healthy(5), false, at(5)), "STATUS=recording 2 symbols\n");
}

TEST(Supervision, GivesASignOfLifeTwiceInTheWatchdogsTime) {
  Supervision supervision{seconds{10}};
  EXPECT_THAT(supervision.tell(healthy(0), false, at(0)), HasSubstr("WATCHDOG=1\n"));
  for (int second = 1; second < 5; ++second) {
    EXPECT_EQ(supervision.tell(healthy(second), false, at(second)), "") << second;
  }
  EXPECT_EQ(supervision.tell(healthy(5), false, at(5)), "WATCHDOG=1\n");
  EXPECT_EQ(supervision.tell(healthy(9), false, at(9)), "");
  EXPECT_EQ(supervision.tell(healthy(11), false, at(11)), "WATCHDOG=1\n");
}

TEST(Supervision, KeepsNoStreamAliveOfWhichAThreadHangs) {
  Supervision supervision{seconds{2}};
  (void)supervision.tell(healthy(0), false, at(0));
  Snapshot hangs = healthy(1);
  hangs.journal.turned = kTurnedMax + seconds{1};
  EXPECT_EQ(supervision.tell(hangs, false, at(1)),
            "STATUS=not ready: the journal's thread hangs\n");
  hangs = healthy(2);
  hangs.kafka.emplace().turned = kTurnedMax + seconds{1};
  EXPECT_EQ(supervision.tell(hangs, false, at(2)), "STATUS=not ready: Kafka's thread hangs\n");
  // Nothing was published for long.
  EXPECT_THAT(supervision.tell(healthy(2), false, at(30)), Not(HasSubstr("WATCHDOG")));
  EXPECT_EQ(supervision.tell(healthy(31), false, at(31)),
            "STATUS=recording 2 symbols\nWATCHDOG=1\n");
}

TEST(Supervision, LivesWhenItsWorldIsBrokenButNothingHangs) {
  Supervision supervision{seconds{2}};
  Snapshot broken = healthy(0);
  broken.links.live = false;
  broken.journal.failing = true;
  broken.tape.admitting = false;
  EXPECT_THAT(supervision.tell(broken, false, at(0)), HasSubstr("WATCHDOG=1\n"));
}

TEST(Supervision, TellsOfAReloadFromItsBeginToItsEnd) {
  Supervision supervision{std::nullopt};
  (void)supervision.tell(healthy(0), false, at(0));
  EXPECT_EQ(supervision.tell(healthy(1), true, at(1)), "RELOADING=1\nMONOTONIC_USEC=1000000\n");
  EXPECT_EQ(supervision.tell(healthy(2), true, at(2)), "");
  EXPECT_EQ(supervision.tell(healthy(3), false, at(3)), "READY=1\n");
}

TEST(Supervision, IsNotReadyByAReloadBeforeItWas) {
  Supervision supervision{std::nullopt};
  Snapshot early = healthy(0);
  early.links.live = false;
  (void)supervision.tell(early, true, at(0));
  EXPECT_EQ(supervision.tell(early, false, at(1)), "");
}

TEST(Supervision, FallsSilentOnceItStops) {
  Supervision supervision{seconds{2}};
  EXPECT_EQ(supervision.stop(), "STOPPING=1\nSTATUS=storing the last trades\n");
  EXPECT_EQ(supervision.stop(), "");
  EXPECT_EQ(supervision.tell(healthy(0), false, at(0)), "");
}

}  // namespace
}  // namespace k2::watch
