#include "tools/verify/report_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::verify {
namespace {

Report sample_report() {
  Report report;
  report.against = Against::kLedger;
  SymbolReport bitcoin;
  bitcoin.symbol = "BTCUSDT";
  bitcoin.published = 19'904;
  bitcoin.stored = 19'900;
  bitcoin.backfilled = 212;
  bitcoin.missing.add({TradeId{12}, TradeId{14}});
  bitcoin.missing.add(TradeId{20});
  SymbolReport life;
  life.symbol = "币安人生USDT";
  life.published = life.stored = 7;
  report.symbols = {bitcoin, life};
  report.blocks = 135;
  report.sum_up();
  return report;
}

TEST(ReportText, IsATableWithExamplesAndTheVerdictLast) {
  EXPECT_EQ(report_text(sample_report()),
            "symbol    published  stored  backfilled  late  missing  declared  duplicate  "
            "out of order  altered  unexpected\n"
            "BTCUSDT      19,904  19,900         212     0        4         0          0  "
            "           0        0           0\n"
            "币安人生USDT          7       7           0     0        0         0          0  "
            "           0        0           0\n"
            "total        19,911  19,907         212     0        4         0          0  "
            "           0        0           0\n"
            "\n"
            "135 blocks; declared gaps: 0 open, 0 repaired, 0 venue; 0 dead letters\n"
            "BTCUSDT missing: 12..14 20\n"
            "NOT CLEAN: 4 missing\n");
}

TEST(ReportText, LeavesOutWhatNeedsASource) {
  Report report = sample_report();
  report.against = Against::kNothing;
  EXPECT_TRUE(report_text(report).starts_with(
      "symbol    stored  backfilled  late  missing  declared  duplicate  out of order\n"));
}

TEST(ReportJson, NamesVerdictCountsAndExamples) {
  auto const json = nlohmann::json::parse(report_json(sample_report()));
  EXPECT_EQ(json["clean"], false);
  EXPECT_EQ(json["against"], "ledger");
  EXPECT_EQ(json["total"]["published"], 19'911);
  EXPECT_EQ(json["total"]["missing"], 4);
  EXPECT_EQ(json["symbols"][0]["examples"]["missing"].dump(), "[[12,14],[20,20]]");
  EXPECT_EQ(json["symbols"][1]["symbol"], "币安人生USDT");
  EXPECT_FALSE(json["total"].contains("outside"));
}

TEST(VerdictText, NamesEveryKindOfDefect) {
  Report report = sample_report();
  report.total.duplicate.add(TradeId{1});
  report.total.out_of_order.add(TradeId{1});
  report.invalid_blocks.add("x");
  EXPECT_EQ(verdict_text(report),
            "NOT CLEAN: 4 missing, 1 duplicate, 1 out of order, 1 invalid blocks");
}

TEST(VerdictText, SaysWhenNothingWasCompared) {
  EXPECT_EQ(verdict_text(Report{}), "NOT CLEAN: there is nothing to compare");
}

}  // namespace
}  // namespace k2::verify
