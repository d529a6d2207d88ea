#include "tools/deploy/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::deploy {
namespace {

using testing::ElementsAre;

Settings journals() {
  Settings settings;
  settings.blue = {.program = "/k2-1", .config = "/b.toml", .data_dir = "/b"};
  settings.green = {.program = "/k2-2", .config = "/g.toml", .data_dir = "/g"};
  return settings;
}

Settings topic(bool blue_is_warm) {
  Settings settings = journals();
  settings.topic = {.name = "trades", .partitions = 12, .shadow = {}, .blue_is_warm = blue_is_warm};
  return settings;
}

UtcTime at(int minute) {
  return UtcTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 27}} +
         std::chrono::minutes{minute};
}

Progress progress() {
  Progress progress;
  progress.began = at(1);
  progress.dual_from = at(2);
  progress.dual_until = at(12);
  progress.cut_at = at(13);
  progress.validated_until = at(29);
  return progress;
}

/// Returns the commands, without "verify" at the beginning and "--json" at the end.
std::vector<Command> asked(Settings const& settings, Check check) {
  std::vector<Command> all;
  for (ProofCommand const& one : proof_commands(settings, progress(), check, "/k2")) {
    EXPECT_EQ(one.command.at(0), "/k2");
    EXPECT_EQ(one.command.at(1), "verify");
    EXPECT_EQ(one.command.back(), "--json");
    all.emplace_back(one.command.begin() + 2, one.command.end() - 1);
  }
  return all;
}

std::string since(int minute) {
  return "--since=2026-11-27T00:0" + std::to_string(minute) + ":00.000000Z";
}
std::string until(char const* time) {
  return std::string{"--until=2026-11-27T00:"} + time + ".000000Z";
}

TEST(DeployCommands, BeginAVersionByItsConfigFile) {
  EXPECT_THAT(start_command(journals(), Side::kBlue, false),
              ElementsAre("/k2-1", "stream", "--config=/b.toml", "--log-format=json"));
  EXPECT_THAT(start_command(journals(), Side::kGreen, false),
              ElementsAre("/k2-2", "stream", "--config=/g.toml", "--log-format=json"));
}

TEST(DeployCommands, HaveGreenRecordEverythingSoThatItNeedsNothingOverRest) {
  Settings settings = topic(true);
  settings.topic.shadow = "trades.shadow";
  EXPECT_THAT(start_command(settings, Side::kGreen, true),
              ElementsAre("/k2-2", "stream", "--config=/g.toml", "--log-format=json",
                          "--kafka-standby=warm", "--kafka-topic=trades.shadow"));
  EXPECT_THAT(start_command(settings, Side::kBlue, false),
              ElementsAre("/k2-1", "stream", "--config=/b.toml", "--log-format=json"));
}

TEST(DeployCommands, CompareTwoJournals) {
  EXPECT_THAT(asked(journals(), Check::kCompare),
              ElementsAre(ElementsAre("--data-dir=/g", "--against=/b", since(2), until("12:00")),
                          ElementsAre("--data-dir=/g", since(2))));
  // Blue has not seen what was traded as it left.
  EXPECT_THAT(asked(journals(), Check::kPeriod),
              ElementsAre(ElementsAre("--data-dir=/g", "--against=/b", since(2), until("12:55")),
                          ElementsAre("--data-dir=/g", since(2))));
  EXPECT_THAT(asked(journals(), Check::kRollback),
              ElementsAre(ElementsAre("--data-dir=/b", since(1))));
}

TEST(DeployCommands, CompareTheTopicAsWell) {
  EXPECT_THAT(asked(topic(true), Check::kCompare),
              ElementsAre(ElementsAre("--data-dir=/g", "--against=/b", since(2), until("12:00")),
                          ElementsAre("--data-dir=/g", since(2)),
                          ElementsAre("--kafka", "--config=/g.toml", "--against=/g", since(2),
                                      until("12:00"))));
  EXPECT_THAT(asked(topic(true), Check::kPeriod),
              ElementsAre(ElementsAre("--data-dir=/g", "--against=/b", since(2), until("12:55")),
                          ElementsAre("--data-dir=/g", since(2)),
                          ElementsAre("--kafka", "--config=/g.toml", "--against=/g", since(2),
                                      until("29:00")),
                          ElementsAre("--kafka", "--config=/g.toml", since(2))));
  EXPECT_THAT(asked(topic(true), Check::kRollback),
              ElementsAre(ElementsAre("--kafka", "--config=/b.toml", since(1))));
}

TEST(DeployCommands, LeaveOutTheJournalOfABlueThatRecordsItsOwnSymbolsOnly) {
  EXPECT_EQ(asked(topic(false), Check::kCompare).size(), 2U);
  EXPECT_EQ(asked(topic(false), Check::kPeriod).size(), 3U);
}

TEST(DeployCommands, CompareTheShadowTopic) {
  Settings settings = topic(true);
  settings.topic.shadow = "shade";
  EXPECT_THAT(asked(settings, Check::kCompare).at(3),
              ElementsAre("--kafka", "--config=/g.toml", "--against-topic=shade", since(2),
                          until("12:00")));
}

TEST(DeployCommands, ReadWhatVerifySays) {
  ProofCommand const command{.what = "ids", .command = {"k2", "verify"}};
  Proof const clean = read_proof(command, R"({"clean":true,"verdict":"CLEAN","total":{
    "published":10,"stored":10,"missing":0,"declared":0}})",
                                 0);
  EXPECT_TRUE(clean.clean);
  EXPECT_EQ(clean.command, "k2 verify");
  EXPECT_EQ(clean.published, 10U);
  Proof const unclean = read_proof(command, R"({"clean":false,"verdict":"NOT CLEAN","total":{
    "missing":3,"declared":4,"duplicate":1,"out_of_order":2,"altered":5,"unexpected":6}})",
                                   1);
  EXPECT_FALSE(unclean.clean);
  EXPECT_EQ(unclean.missing, 7U);
  EXPECT_EQ(unclean.duplicate, 1U);
  EXPECT_EQ(unclean.out_of_order, 2U);
  EXPECT_EQ(unclean.altered, 5U);
  EXPECT_EQ(unclean.unexpected, 6U);
  EXPECT_FALSE(read_proof(command, R"({"clean":true,"total":{}})", 1).clean);
  Proof const dead = read_proof(command, "k2 verify: no such file", 1);
  EXPECT_FALSE(dead.clean);
  EXPECT_THAT(dead.verdict, testing::HasSubstr("no such file"));
}

}  // namespace
}  // namespace k2::deploy
