#include "tools/soak/run/commands.hpp"

#include "tools/soak/run/verifier.hpp"
#include "tools/soak/soak_builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::soak {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

SoakOptions options(double compress) {
  SoakOptions options;
  options.plan = test::plan_of("24h", compress);
  options.folder = "/soak";
  options.stream_program = "/old/k2";
  options.stream_flags = {"--lines=2"};
  options.symbols = "BTCUSDT";
  options.data_dir = "/soak/data";
  return options;
}

TEST(SoakCommands, AnUncompressedStreamRunsAsInProduction) {
  EXPECT_THAT(stream_command(options(1), {}),
              ElementsAre("/old/k2", "stream", "--lines=2", "--symbols=BTCUSDT",
                          "--data-dir=/soak/data", "--log-format=json",
                          "--connection-max-lifetime-hours=14400s", "--ping-interval-seconds=180s",
                          "--ping-timeout-seconds=10s", "--health-check-timeout-seconds=30s"));
}

TEST(SoakCommands, ACompressedStreamHasItsPeriodsDivided) {
  Place const place{{"ws", "wss://h:1"}, {"rest", "https://h:2"}, {"ca", "/ca.pem"}};
  auto const command = stream_command(options(480), place);
  EXPECT_THAT(command, Contains("--connection-max-lifetime-hours=30s"));
  EXPECT_THAT(command, Contains("--ping-interval-seconds=0.375s"));
  EXPECT_THAT(command, Contains("--allow-drills"));
  EXPECT_THAT(command, Contains("--stream-url=wss://h:1"));
  EXPECT_THAT(command, Contains("--custom-ca-bundle=/ca.pem"));
}

TEST(SoakCommands, TheExchangeKeepsALedgerAndCutsLikeTheRealOne) {
  SoakOptions with = options(480);
  with.sim = SimOptions{};
  with.sim->faults = {"drop at=5s"};
  auto const command = sim_command(with, "/k2");
  EXPECT_THAT(command, Contains("--cut-after=180s"));
  EXPECT_THAT(command, Contains("--ledger=/soak/ledger.csv"));
  EXPECT_THAT(command, Contains("--fault=drop at=5s"));
}

TEST(SoakCommands, VerifiesAgainstTheLedgerWhereThereIsOne) {
  SoakOptions with = options(1);
  EXPECT_THAT(verify_commands(with, "/k2"),
              ElementsAre(ElementsAre("/k2", "verify", "--json", "--data-dir=/soak/data")));
  with.sim = SimOptions{};
  with.kafka_flags = {{"--kafka-topic=t"}};
  EXPECT_THAT(verify_commands(with, "/k2"),
              ElementsAre(Contains("--ledger=/soak/ledger.csv"),
                          ElementsAre("/k2", "verify", "--json", "--kafka", "--kafka-topic=t",
                                      "--ledger=/soak/ledger.csv")));
}

TEST(SoakCommands, ReadsWhereTheExchangeIs) {
  EXPECT_EQ(read_ready_line("k2-sim ready ws=wss://127.0.0.1:1 rest"), std::nullopt) << "cut";
  auto const place = read_ready_line("noise\nk2-sim ready ws=wss://127.0.0.1:1 ca=/a b=c\nmore");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->at("ws"), "wss://127.0.0.1:1");
  EXPECT_EQ(place->at("ca"), "/a");
}

TEST(SoakCommands, ReadsWhereTheStreamShowsItself) {
  EXPECT_EQ(read_watch_address("{\"event\":\"connection.opening\"}\n"), std::nullopt);
  std::string const log =
      "{\"event\":\"x\"}\n{\"event\":\"watch.listening\",\"address\":\"0.0.0.0\",\"port\":9091}";
  EXPECT_EQ(read_watch_address(log), std::nullopt) << "cut";
  EXPECT_EQ(read_watch_address(log + "\n"), "127.0.0.1:9091");
}

TEST(SoakVerifier, BelievesOnlyAZeroWithAVerdict) {
  auto const clean = read_verified("{\"clean\":true,\"verdict\":\"CLEAN: all\"}\n", 0);
  EXPECT_TRUE(clean.clean);
  EXPECT_EQ(clean.verdict, "CLEAN: all");
  EXPECT_FALSE(read_verified("{\"clean\":true,\"verdict\":\"CLEAN\"}\n", 1).clean);
  EXPECT_FALSE(read_verified("{\"clean\":false,\"verdict\":\"NOT CLEAN\"}\n", 0).clean);
  EXPECT_FALSE(clean.open_gap_ids) << "it does not say";
  auto const unknown = read_verified(
      R"({"clean":false,"outcome":"unknown","verdict":"UNKNOWN: a cut file","symbols":[
          {"coverage":{"in_open_gaps":3}},{"coverage":{"in_open_gaps":4}}]})",
      3);
  EXPECT_FALSE(unknown.clean);
  EXPECT_TRUE(unknown.unknown);
  EXPECT_EQ(unknown.open_gap_ids, 7U);
  EXPECT_FALSE(read_verified(R"({"clean":false,"outcome":"unknown"})", 1).unknown);
  EXPECT_FALSE(read_verified(R"({"clean":false,"outcome":"not_clean"})", 3).unknown);
  auto const failed = read_verified("k2 verify: no such file", 1);
  EXPECT_FALSE(failed.clean);
  EXPECT_THAT(failed.verdict, StartsWith("it failed with 1: k2 verify: no such file"));
}

}  // namespace
}  // namespace k2::soak
