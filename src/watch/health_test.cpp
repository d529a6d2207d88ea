#include "watch/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::watch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Snapshot healthy() {
  Snapshot snapshot;
  snapshot.at.mono = MonoTime{seconds{100}};
  snapshot.links.live = true;
  return snapshot;
}

TEST(Health, IsReadyWhileTheTapeFlows) {
  EXPECT_THAT(unready_reasons(healthy(), MonoTime{seconds{101}}), IsEmpty());
}

TEST(Health, NamesEveryReason) {
  Snapshot snapshot = healthy();
  snapshot.links.live = false;
  snapshot.tape.admitting = false;
  snapshot.journal.failing = true;
  EXPECT_THAT(
      unready_reasons(snapshot, MonoTime{seconds{101}}),
      ElementsAre("a connection that carries trades is not live",
                  "the journal takes no more trades", "the journal's disk refuses to write"));
}

TEST(Health, WantsKafkaToKeepUpWhenTradesGoThere) {
  Snapshot snapshot = healthy();
  snapshot.kafka.emplace();
  snapshot.kafka->lag = seconds{60};
  EXPECT_THAT(unready_reasons(snapshot, MonoTime{seconds{101}}), IsEmpty());
  snapshot.kafka->lag = seconds{61};
  snapshot.kafka->fenced = true;
  EXPECT_THAT(unready_reasons(snapshot, MonoTime{seconds{101}}),
              ElementsAre("fenced by the consumer group, rejoining", "Kafka is behind"));
}

TEST(Health, IsLostWhenNothingIsPublishedAnyMore) {
  EXPECT_TRUE(is_alive(healthy(), MonoTime{seconds{115}}));
  EXPECT_FALSE(is_alive(healthy(), MonoTime{seconds{116}}));
  EXPECT_THAT(unready_reasons(healthy(), MonoTime{seconds{116}}),
              ElementsAre("the stream's thread hangs"));
}

TEST(Health, IsLostWhenAThreadBehindTheStreamHangs) {
  Snapshot snapshot = healthy();
  snapshot.journal.turned = minutes{5};
  snapshot.kafka.emplace().turned = minutes{5};
  EXPECT_TRUE(is_alive(snapshot, MonoTime{seconds{101}}));
  snapshot.kafka->turned += seconds{1};
  EXPECT_EQ(hanging(snapshot, MonoTime{seconds{101}}), "Kafka's thread hangs");
  snapshot.journal.turned += seconds{1};
  EXPECT_EQ(hanging(snapshot, MonoTime{seconds{101}}), "the journal's thread hangs");
  EXPECT_THAT(unready_reasons(snapshot, MonoTime{seconds{101}}),
              ElementsAre("the journal's thread hangs"));
}

}  // namespace
}  // namespace k2::watch
