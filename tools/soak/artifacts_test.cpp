#include "tools/soak/artifacts.hpp"

#include "tools/soak/soak_builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::soak {
namespace {

using testing::HasSubstr;
using testing::Not;

Record leaking() {
  Record record = test::healthy_record(test::plan_of("1h"));
  record.samples.back().rss_bytes = std::uint64_t{50} << 20;
  record.events.push_back({.elapsed_s = 5, .at = 6, .what = "resumed", .detail = "<here>"});
  return record;
}

TEST(SoakArtifacts, TheProfileHasWhatProgramsRead) {
  Record const record = leaking();
  auto const json = nlohmann::json::parse(memory_profile_json(record, judge(record)));
  EXPECT_EQ(json["test_metadata"]["profile"], "1h");
  EXPECT_EQ(json["test_metadata"]["run_seconds"], 3600);
  EXPECT_EQ(json["summary_statistics"]["rss_growth_mb"], 20);
  EXPECT_EQ(json["summary_statistics"]["samples"], 61);
  ASSERT_EQ(json["memory_samples"].size(), 61U);
  EXPECT_EQ(json["memory_samples"][1]["timestamp"], 1'800'000'060);
  EXPECT_EQ(json["memory_samples"][1]["rss_mb"], 30);
  EXPECT_EQ(json["verdict"]["pass"], false);
  EXPECT_EQ(json["verdict"]["failed"], nlohmann::json::array({"memory_growth"}));
  EXPECT_EQ(json["events"][0]["what"], "resumed");
}

TEST(SoakArtifacts, TheReportBeginsWithTheVerdict) {
  Record const record = leaking();
  auto const text = report_text(record, judge(record));
  EXPECT_THAT(text, testing::StartsWith("K2 soak test: FAIL: memory_growth\n"));
  EXPECT_THAT(text, HasSubstr("FAIL memory_growth      < 10 MB in 1h            +20.00 MB"));
  EXPECT_THAT(text, Not(HasSubstr("COMPRESSED")));
  Record const healthy = test::healthy_record(test::plan_of("1h"));
  EXPECT_THAT(report_text(healthy, judge(healthy)), testing::StartsWith("K2 soak test: PASS\n"));
}

TEST(SoakArtifacts, SayWhatIsUnknown) {
  Record record = test::healthy_record(test::plan_of("1h"));
  for (Sample& sample : record.samples) sample.minutes_complete = 0;
  Verdict const verdict = judge(record);
  EXPECT_THAT(report_text(record, verdict),
              testing::StartsWith("K2 soak test: UNKNOWN: integrity\n"));
  EXPECT_THAT(report_text(record, verdict), HasSubstr("UNKNOWN integrity "));
  EXPECT_THAT(report_html(record, verdict), HasSubstr("<td class=\"bad\">UNKNOWN</td>"));
  auto const json = nlohmann::json::parse(memory_profile_json(record, verdict));
  EXPECT_EQ(json["verdict"]["pass"], false);
  EXPECT_EQ(json["verdict"]["outcome"], "UNKNOWN");
}

TEST(SoakArtifacts, ACompressedRunSaysSo) {
  Record const record = test::healthy_record(test::plan_of("24h", 480));
  auto const text = report_text(record, judge(record));
  EXPECT_THAT(text, HasSubstr("COMPRESSED       by 480"));
  EXPECT_THAT(text, HasSubstr("rotation         4h, here 30s"));
  EXPECT_THAT(text, HasSubstr("10s, here 2s (held there"));
}

TEST(SoakArtifacts, ThePageHasPlotsAndNeedsNoNetwork) {
  Record const record = leaking();
  auto const page = report_html(record, judge(record));
  EXPECT_THAT(page, HasSubstr("aria-label=\"memory, MB\""));
  EXPECT_THAT(page, HasSubstr("data-points=\"122\""));
  EXPECT_THAT(page, HasSubstr("&lt;here&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("href=")));
}

}  // namespace
}  // namespace k2::soak
