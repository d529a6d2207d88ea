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
  bitcoin.coverage = {
      .first = {TradeId{1}, "source"}, .last = {TradeId{19'904}, "source"}, .read = 19'900};
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
            "out of order  altered  contradictory  unexpected\n"
            "BTCUSDT      19,904  19,900         212     0        4         0          0  "
            "           0        0              0           0\n"
            "币安人生USDT          7       7           0     0        0         0          0  "
            "           0        0              0           0\n"
            "total        19,911  19,907         212     0        4         0          0  "
            "           0        0              0           0\n"
            "\n"
            "135 blocks; declared gaps: 0 open, 0 repaired, 0 venue; 0 dead letters\n"
            "BTCUSDT missing: 12..14 20\n"
            "\n"
            "checked   first id  known from  last id  known from  ids read  in open gaps  "
            "not checked\n"
            "BTCUSDT          1      ledger    19904      ledger    19,900             0  "
            "          0\n"
            "币安人生USDT         -                    -                     0             0  "
            "          0\n"
            "NOT CLEAN: 4 missing\n");
}

TEST(ReportText, LeavesOutWhatNeedsASource) {
  Report report = sample_report();
  report.against = Against::kNothing;
  EXPECT_TRUE(report_text(report).starts_with(
      "symbol    stored  backfilled  late  missing  declared  duplicate  out of order\n"));
}

TEST(ReportJson, NamesVerdictCountsAndExamples) {
  auto const json = nlohmann::json::parse(report_json(sample_report(), "0.1.0"));
  EXPECT_EQ(json["clean"], false);
  EXPECT_EQ(json["outcome"], "not_clean");
  EXPECT_EQ(json["version"], "0.1.0");
  EXPECT_EQ(json["tapes"], 2);
  EXPECT_TRUE(json["asked"]["since"].is_null());
  EXPECT_EQ(json["symbols"][0]["coverage"].dump(),
            "{\"first\":1,\"first_from\":\"ledger\",\"in_open_gaps\":0,\"last\":19904,"
            "\"last_from\":\"ledger\",\"read\":19900,\"unchecked\":0}");
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

TEST(VerdictText, IsUnknownWhenNothingWasCompared) {
  EXPECT_EQ(Report{}.outcome(), Outcome::kUnknown);
  EXPECT_EQ(verdict_text(Report{}), "UNKNOWN: there is nothing to compare");
}

/// A report in which nothing is wrong.
Report clean_report(Against against) {
  Report report;
  report.against = against;
  SymbolReport bitcoin;
  bitcoin.symbol = "BTCUSDT";
  bitcoin.published = bitcoin.stored = 10;
  report.symbols = {bitcoin};
  report.sum_up();
  return report;
}

TEST(VerdictText, ClaimsNoMoreThanWasChecked) {
  Report report = clean_report(Against::kNothing);
  EXPECT_EQ(verdict_text(report), "CLEAN: no id is missing, doubled or out of order");
  report.asked.until = UtcTime{std::chrono::seconds{1'700'000'000}};
  report.retired_by = "at journal.max_bytes";
  report.total.declared.add({TradeId{1}, TradeId{3}});
  EXPECT_EQ(verdict_text(report),
            "CLEAN: no id is missing, doubled or out of order, until 2023-11-14T22:13:20.000000Z, "
            "but for trades deleted at journal.max_bytes, but for 3 ids in declared gaps");
  EXPECT_EQ(verdict_text(clean_report(Against::kOfficial)),
            "CLEAN: every trade of the official files is stored exactly once, in order and "
            "unaltered");
}

TEST(VerdictText, IsNotCleanBesideOpenGapsUnlessTheyAreAccepted) {
  Report report = clean_report(Against::kNothing);
  report.total.declared.add({TradeId{1}, TradeId{840}});
  report.total.open.add({TradeId{1}, TradeId{840}});
  EXPECT_EQ(verdict_text(report), "NOT CLEAN: 840 declared");
  report.asked.accept_declared = true;
  EXPECT_EQ(verdict_text(report),
            "CLEAN: no id is missing, doubled or out of order, but for 840 ids in declared gaps "
            "(840 of them open)");
}

TEST(VerdictText, IsUnknownWhenSomethingCouldNotBeChecked) {
  Report report = clean_report(Against::kLedger);
  report.unread.add("trades, partition 3: offsets 7 to 9 are behind an open transaction");
  report.unread.add("x");
  EXPECT_EQ(report.outcome(), Outcome::kUnknown);
  EXPECT_EQ(verdict_text(report),
            "UNKNOWN: nothing is known to be wrong, and not everything could be checked: trades, "
            "partition 3: offsets 7 to 9 are behind an open transaction (and 1 more)");
  report.total.missing.add(TradeId{1});
  EXPECT_EQ(verdict_text(report), "NOT CLEAN: 1 missing, 2 not checked");
}

TEST(ReportText, HoldsNothingThatATerminalWouldObey) {
  Report report = clean_report(Against::kLedger);
  report.symbols.at(0).symbol = "BTC\x1b[2J\u202eUSDT";
  report.symbols.at(0).missing.add(TradeId{1});
  report.sum_up();
  report.invalid_source.add("line 1: \x1b]0;x\x07");
  report.unread.add("a\rb");
  report.notes.emplace_back("\u2066");
  for (auto const& text : {report_text(report), report_json(report, "")}) {
    for (char const* const raw : {"\x1b", "\r", "\x07", "\u202e", "\u2066"}) {
      EXPECT_EQ(text.find(raw), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace k2::verify
