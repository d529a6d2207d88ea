#include "tools/report/queries.hpp"

#include "watch/metric_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace k2::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The name in front of the selection.
std::string_view metric_of(std::string_view promql) {
  auto const end = promql.find("{$S");
  auto const begin = promql.find_last_of("( ", end);
  return promql.substr(begin == std::string_view::npos ? 0 : begin + 1,
                       end - (begin == std::string_view::npos ? 0 : begin + 1));
}

TEST(Queries, AskForMetricsThatThereAre) {
  // Prometheus makes these itself.
  std::set<std::string_view> const others{"up", "ALERTS", "k2:reconnects:increase1d"};
  for (Query const& query : queries()) {
    std::string_view name = metric_of(query.promql);
    if (others.contains(name)) continue;
    if (name.ends_with("_bucket")) name.remove_suffix(7);
    EXPECT_NE(std::ranges::find(watch::kMetrics, name, &watch::Metric::name), watch::kMetrics.end())
        << query.fact << " asks for '" << name << "'";
  }
}

TEST(Targets, AskForAWeekMinuteByMinuteInPiecesThatAServerGives) {
  Query const query{"lines", "binance_lines{$S}", Grid::kMinute};
  auto const targets = targets_of(query, {.job = "k2", .instance = "a|b"}, {0, 7 * kDaySeconds});
  EXPECT_THAT(targets,
              ElementsAre("/api/v1/query_range?query=binance_lines%7Bjob%3D%22k2%22%2Cinstance%3D~"
                          "%22a%7Cb%22%7D&start=0.000&end=599940.000&step=60",
                          HasSubstr("&start=600000.000&end=604800.000&step=60")));
}

TEST(Targets, OfRawSamplesAreTheDays) {
  Query const query{"up", "up{$S}", Grid::kRaw};
  auto const targets = targets_of(query, {}, {0, 2 * kDaySeconds});
  EXPECT_THAT(targets, ElementsAre(HasSubstr("%5B86400s%5D&time=86400.000"),
                                   HasSubstr("%5B86400s%5D&time=172800.000")));
}

TEST(Targets, CarryNoQuoteOfAnInstanceIntoTheQuery) {
  Query const query{"up", "up{$S}", Grid::kPeriod};
  EXPECT_THAT(targets_of(query, {.job = "k\"2", .instance = ".+"}, {0, 3'600}),
              ElementsAre(HasSubstr("job%3D%22k%5C%222%22")));
}

}  // namespace
}  // namespace k2::report
