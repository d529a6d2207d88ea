#include "tools/soak/record.hpp"

#include "tools/soak/soak_builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::soak {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Setup setup() {
  Setup setup;
  setup.plan = test::plan_of("24h", 24);
  setup.version = "k2 0.1";
  setup.stream = {"/bin/k2", "stream"};
  setup.exchange = {"/bin/k2", "sim"};
  setup.verify = {{"/bin/k2", "verify", "--json"}};
  setup.admin_url = "http://127.0.0.1:1";
  setup.status_url = "http://127.0.0.1:2";
  setup.stream_process = {.pid = 7, .started_ticks = 70};
  setup.exchange_process = ChildMark{.pid = 8, .started_ticks = 80};
  setup.began_at = 1'800'000'000.5;
  return setup;
}

TEST(SoakRecord, ComesBackAsItWasWritten) {
  Sample sample = test::healthy_sample(test::plan_of("1h"), 60);
  sample.p99_journal_s = 0.016;
  sample.minutes_complete = 3;
  std::string const text =
      setup_line(setup()) + "\n" + sample_line(sample) + "\n" +
      event_line({.elapsed_s = 61, .at = 1.5, .what = "ending", .detail = "x"}) + "\n";
  auto const record = parse_record(text);
  ASSERT_TRUE(record);
  EXPECT_EQ(setup_line(record->setup), setup_line(setup()));
  EXPECT_EQ(record->setup.plan.run_duration(), std::chrono::hours{1});
  ASSERT_EQ(record->samples.size(), 1U);
  EXPECT_EQ(sample_line(record->samples[0]), sample_line(sample));
  EXPECT_EQ(record->samples[0].p99_journal_s, 0.016);
  EXPECT_EQ(record->samples[0].p99_accepted_s, std::nullopt);
  ASSERT_EQ(record->events.size(), 1U);
  EXPECT_EQ(record->events[0].what, "ending");
}

TEST(SoakRecord, ALineThatIsCutIsLeftOut) {
  std::string const line = sample_line(test::healthy_sample(test::plan_of("1h"), 60));
  auto const record =
      parse_record(setup_line(setup()) + "\n" + line + "\n" + line.substr(0, line.size() / 2));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->samples.size(), 1U);
}

TEST(SoakRecord, DamageIsNamedWithItsLine) {
  auto const damaged = parse_record(setup_line(setup()) + "\nnonsense\n");
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().detail, HasSubstr("line 2"));
  EXPECT_FALSE(parse_record(""));
}

constexpr char const* kStatus = R"({"version":"v","at":1800000000.5,
"tape":{"accepted":100,"per_second":9.5,"backfilled":4,"duplicates_dropped":2,"holes":1,
 "missing_in_holes":5,"missing_declared":6,"gaps_declared":1,"dead_letters":3,
 "audit_minutes":{"complete":2,"incomplete":0,"unjudged":1}},
"links":{"rotations":{"rotation":2,"server_shutdown":1},"reconnects":{"error":3,"no_data":1},
 "ping_round_trip_s":0.001,"lines":[
 {"place":"trade.0","state":"live","successor":false,"age_s":70.5},
 {"place":"trade.0","state":"connecting","successor":true,"age_s":99},
 {"place":"kline_1m.0","state":"live","successor":false,"age_s":80}]},
"journal":{"waiting_trades":7,"bytes":1000},
"kafka":{"lag_records":8,"lag_s":0.25},
"process":{"rss_bytes":31457280,"vms_bytes":2,"allocated_bytes":3,"leak_score":0.125,
 "leak_mb_per_hour":1.5,"cpu_s":12.5}})";
constexpr char const* kMetrics = R"(# HELP x y
binance_frames_total{kind="trade"} 102
binance_pings_sent_total 11
binance_pong_timeouts_total 1
process_open_fds 20
binance_audit_doubled_ids_total 0
binance_stage_latency_seconds_bucket{stage="receive_journal",le="0.001"} 98
binance_stage_latency_seconds_bucket{stage="receive_journal",le="0.016"} 99
binance_stage_latency_seconds_bucket{stage="receive_journal",le="+Inf"} 100
binance_stage_latency_seconds_count{stage="receive_journal"} 100
)";

TEST(SoakSample, ReadsTheStatusAndTheMetrics) {
  auto const sample = read_sample(kStatus, kMetrics);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->rss_mb(), 30);
  EXPECT_EQ(sample->accepted, 100U);
  EXPECT_EQ(sample->received, 102U);
  EXPECT_EQ(sample->missing_ids, 11U);
  EXPECT_EQ(sample->rotated(), 2U);
  EXPECT_EQ(sample->shutdowns(), 1U);
  EXPECT_EQ(sample->drops(), 4U);
  EXPECT_EQ(sample->places, 2U);
  EXPECT_EQ(sample->connections, 2U) << "one of the three is only being made";
  EXPECT_EQ(sample->connection_age_s, 70.5) << "the oldest that carries trades";
  EXPECT_EQ(sample->pings, 11U);
  EXPECT_EQ(sample->kafka_lag_records, 8U);
  EXPECT_EQ(sample->p99_journal_s, 0.016);
  EXPECT_EQ(sample->p99_accepted_s, std::nullopt) << "nothing was counted";
}

TEST(SoakSample, WhatIsNoStatusIsNamed) {
  EXPECT_EQ(read_sample("nonsense", "").error().code, Errc::kJsonSyntax);
  EXPECT_EQ(read_sample("{}", "").error().code, Errc::kFieldMissing);
}

}  // namespace
}  // namespace k2::soak
