#include "tools/deploy/compose_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::deploy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Settings containers() {
  Settings settings;
  settings.runtime = RuntimeKind::kCompose;
  settings.containers = {
      .service = "binance-stream", .image = "k2:2", .from = {}, .flags = {"--env-file", "sim.env"}};
  settings.periods.stop = std::chrono::milliseconds{1'500};
  return settings;
}

TEST(ComposeCommands, ScaleToTwoWithoutTouchingTheFirst) {
  EXPECT_THAT(
      ComposeCommands(containers(), false).start_green(false),
      ElementsAre("/usr/bin/env", "K2_IMAGE=k2:2", "K2_KAFKA_STANDBY=warm", "docker-compose",
                  "--project-name", "k2", "--env-file", "sim.env", "up", "-d", "--no-deps",
                  "--no-recreate", "--scale", "binance-stream=2", "binance-stream"));
  Command const plugin = ComposeCommands(containers(), true).start_green(false);
  EXPECT_THAT(Command(plugin.begin(), plugin.begin() + 6),
              ElementsAre("/usr/bin/env", "K2_IMAGE=k2:2", "K2_KAFKA_STANDBY=warm", "docker",
                          "compose", "--project-name"));
}

TEST(ComposeCommands, GetTheImageOnlyWhenAsked) {
  Settings settings = containers();
  EXPECT_FALSE(ComposeCommands(settings, false).get_image());
  settings.containers.from = "pull";
  EXPECT_THAT(
      ComposeCommands(settings, false).get_image().value(),
      ElementsAre("/usr/bin/env", "K2_IMAGE=k2:2", "K2_KAFKA_STANDBY=warm", "docker-compose",
                  "--project-name", "k2", "--env-file", "sim.env", "pull", "binance-stream"));
}

TEST(ComposeCommands, NameAContainerByItsIdAlone) {
  ComposeCommands const commands{containers(), false};
  EXPECT_THAT(commands.start_again("abc"), ElementsAre("/usr/bin/env", "docker", "start", "abc"));
  EXPECT_THAT(commands.stop("abc"),
              ElementsAre("/usr/bin/env", "docker", "stop", "--time", "2", "abc"));
  EXPECT_THAT(commands.status("abc"),
              ElementsAre("/usr/bin/env", "docker", "exec", "abc", "k2", "ctl", "status"));
  EXPECT_THAT(commands.last_words("abc"),
              ElementsAre("/usr/bin/env", "docker", "logs", "--tail", "1", "abc"));
}

TEST(ComposeCommands, ReadTheTopicOfTheServiceThatRuns) {
  ComposeCommands const commands{containers(), false};
  EXPECT_THAT(commands.config("abc"),
              ElementsAre("/usr/bin/env", "docker", "exec", "abc", "k2", "config", "--json"));
  auto const topic = read_topic(R"(k2: warning: x
      {"sink": {"value": "kafka"}, "kafka.topic": {"value": "mine"},
       "kafka.partitions": {"value": "3"}, "kafka.standby": {"value": "warm"}}
k2: warning: y)");
  ASSERT_TRUE(topic) << topic.error().to_string();
  EXPECT_EQ(*topic, (Topic{.name = "mine", .partitions = 3, .shadow = {}, .blue_is_warm = true}));
  for (char const* const wrong :
       {"", "k2: no", "} {", "[]", R"({"kafka.topic": {"value": "mine"}})",
        R"({"sink": {"value": "kafka"}, "kafka.topic": {"value": "mine"},
            "kafka.partitions": {"value": "x"}})",
        R"({"sink": {"value": "local"}, "kafka.topic": {"value": "mine"},
            "kafka.partitions": {"value": "3"}})"}) {
    EXPECT_FALSE(read_topic(wrong)) << wrong;
  }
}

TEST(ComposeCommands, VerifyInsideOfTheContainers) {
  ComposeCommands const commands{containers(), false};
  Progress progress;
  progress.began = progress.dual_from.emplace();
  progress.dual_until = *progress.dual_from + std::chrono::seconds{10};
  auto const back = commands.proofs(progress, Check::kRollback, "b", "g");
  ASSERT_EQ(back.size(), 1U);
  EXPECT_THAT(back.front().command,
              ElementsAre("/usr/bin/env", "docker", "exec", "b", "k2", "verify", "--kafka",
                          "--since=1970-01-01T00:00:00.000000Z", "--json"));
  auto const diff = commands.proofs(progress, Check::kCompare, "b", "g");
  ASSERT_EQ(diff.size(), 3U);
  EXPECT_THAT(diff.at(1).command,
              ElementsAre("/usr/bin/env", "docker", "exec", "g", "k2", "verify", "--kafka",
                          "--against=/data", "--since=1970-01-01T00:00:00.000000Z",
                          "--until=1970-01-01T00:00:10.000000Z", "--json"));
}

TEST(ComposeCommands, LeadGreenThroughTheShadowTopic) {
  Settings settings = containers();
  settings.topic = {.name = "trades", .partitions = 12, .shadow = "shade", .blue_is_warm = false};
  ComposeCommands const commands{settings, false};
  EXPECT_EQ(commands.start_green(true).at(3), "K2_KAFKA_TOPIC=shade");
  EXPECT_EQ(commands.start_green(false).at(3), "docker-compose");
  EXPECT_THAT(commands.remove("g"), ElementsAre("/usr/bin/env", "docker", "rm", "--volumes", "g"));
  Progress progress;
  progress.dual_from.emplace();
  progress.dual_until = *progress.dual_from + std::chrono::seconds{10};
  // Its container's own topic is the shadow; then another container has a journal of its own.
  auto const diff = commands.proofs(progress, Check::kCompare, "b", "g");
  ASSERT_EQ(diff.size(), 4U);
  EXPECT_THAT(diff.at(1).command, testing::Contains("--kafka-topic=trades"));
  EXPECT_THAT(diff.at(2).command, testing::Contains("--against-topic=shade"));
  progress.joined_at = *progress.dual_from + std::chrono::seconds{20};
  auto const whole = commands.proofs(progress, Check::kPeriod, "b", "g2");
  ASSERT_EQ(whole.size(), 3U);
  EXPECT_THAT(whole.at(0).command, testing::Contains("--since=1970-01-01T00:00:20.000000Z"));
  EXPECT_THAT(whole.at(2).command,
              ElementsAre("/usr/bin/env", "docker", "exec", "g2", "k2", "verify", "--kafka",
                          "--since=1970-01-01T00:00:00.000000Z", "--json"));
}

TEST(ComposeCommands, ReadTheListOfContainers) {
  EXPECT_THAT(read_containers("abc running k2:1\ndef exited k2:2\n"),
              ElementsAre(Container{"abc", true, "k2:1"}, Container{"def", false, "k2:2"}));
  EXPECT_THAT(read_containers(""), IsEmpty());
}

}  // namespace
}  // namespace k2::deploy
