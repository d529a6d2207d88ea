#include "watch/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace k2::watch {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Exposition, SaysWhatAMetricIsOnceBeforeItsValues) {
  Exposition page;
  page.add("binance_reconnects_total", 3, {"error"});
  page.add("binance_reconnects_total", 1, {"no_frame"});
  EXPECT_THAT(page.text(),
              StartsWith("# HELP binance_reconnects_total Replacements of connections "));
  EXPECT_THAT(page.text(), HasSubstr("# TYPE binance_reconnects_total counter\n"
                                     "binance_reconnects_total{reason=\"error\"} 3\n"
                                     "binance_reconnects_total{reason=\"no_frame\"} 1\n"));
}

TEST(Exposition, EscapesLabels) {
  EXPECT_EQ(escaped_label("a\"b\\c\nd币"), "a\\\"b\\\\c\\nd币");
}

TEST(Exposition, WritesNumbersWithoutLosingAny) {
  Exposition page;
  page.add("binance_clock_offset_seconds", -0.0125);
  page.add("tape_symbols", std::size_t{2000});
  EXPECT_THAT(page.text(), HasSubstr("\nbinance_clock_offset_seconds -0.0125\n"));
  EXPECT_THAT(page.text(), HasSubstr("\ntape_symbols 2000\n"));
}

TEST(Exposition, WritesHistogramsCumulatively) {
  Histogram histogram;
  histogram.observe(std::chrono::microseconds{16});
  histogram.observe(std::chrono::microseconds{20}, 2);
  histogram.observe(std::chrono::minutes{1});
  Exposition page;
  page.add("binance_stage_latency_seconds", histogram, {"receive_journal"});
  EXPECT_THAT(page.text(), HasSubstr("_bucket{stage=\"receive_journal\",le=\"1.6e-05\"} 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{stage=\"receive_journal\",le=\"3.2e-05\"} 3\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{stage=\"receive_journal\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(page.text(), HasSubstr("_sum{stage=\"receive_journal\"} 60.000056\n"));
  EXPECT_THAT(page.text(), HasSubstr("_count{stage=\"receive_journal\"} 4\n"));
}

TEST(Exposition, WritesSummariesAsSumAndCount) {
  Exposition page;
  page.add_sum("journal_commit_seconds", 4, std::chrono::milliseconds{10});
  EXPECT_THAT(page.text(), HasSubstr("\njournal_commit_seconds_sum 0.01\n"
                                     "journal_commit_seconds_count 4\n"));
}

TEST(MetricTable, HasEachNameOnceAndAHelpForAll) {
  std::set<std::string_view> names;
  for (Metric const& metric : kMetrics) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::kCounter) << metric.name;
  }
}

}  // namespace
}  // namespace k2::watch
