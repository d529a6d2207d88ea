#include "tools/plot/line_chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::plot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(AxisSteps, AreRoundAndHoldTheData) {
  EXPECT_THAT(axis_steps(0, 10), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(axis_steps(21.4, 24.9), ElementsAre(21, 22, 23, 24, 25));
  EXPECT_THAT(axis_steps(0, 450), ElementsAre(0, 100, 200, 300, 400, 500));
}

TEST(AxisSteps, OfOneValueAreStepsAllTheSame) {
  auto const steps = axis_steps(7, 7);
  ASSERT_GE(steps.size(), 2U);
  EXPECT_LE(steps.front(), 7);
  EXPECT_GE(steps.back(), 7);
}

TEST(LineChart, DrawsEveryPointInsideItsFrame) {
  LineChart const chart{.title = "memory, MB",
                        .x_unit = "hours",
                        .lines = {{.name = "resident", .points = {{0, 0}, {1, 5}, {2, 10}}}}};
  auto const svg = line_chart_svg(chart);
  EXPECT_THAT(svg, HasSubstr("data-points=\"3\""));
  EXPECT_THAT(svg, HasSubstr("points=\"56.0,206.0 342.0,108.0 628.0,10.0 \""));
  EXPECT_THAT(svg, HasSubstr("aria-label=\"memory, MB\""));
  EXPECT_THAT(svg, HasSubstr(">hours</text>"));
}

TEST(LineChart, ShowsALimitOnlyWhereTheDataComesNear) {
  LineChart chart{
      .title = "t", .x_unit = "h", .lines = {{.name = "a", .points = {{0, 1}, {1, 2}}}}};
  chart.limit = 450;
  EXPECT_THAT(line_chart_svg(chart), Not(HasSubstr("stroke-dasharray")));
  chart.limit = 4;
  EXPECT_THAT(line_chart_svg(chart), HasSubstr("stroke-dasharray"));
}

TEST(LineChart, JoinsNoPointsBetweenWhichNobodyLooked) {
  LineChart chart{.title = "t",
                  .x_unit = "h",
                  .lines = {{.name = "a", .points = {{0, 1}, {1, 1}, {9, 1}, {10, 1}}}}};
  auto const pieces = [&chart] {
    auto const svg = line_chart_svg(chart);
    std::size_t count = 0;
    for (auto at = svg.find("<polyline"); at != std::string::npos;
         at = svg.find("<polyline", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(pieces(), 1U);
  chart.joined_within = 2;
  EXPECT_EQ(pieces(), 2U);
}

TEST(LineChart, WithoutPointsSaysSo) {
  EXPECT_THAT(line_chart_svg({.title = "t", .x_unit = "h", .lines = {}}),
              HasSubstr("nothing was measured"));
}

TEST(LineChart, ThinsAWeekToWhatCanBeSeenAndKeepsItsPeaks) {
  LineChart chart{.title = "t", .x_unit = "h", .lines = {{.name = "a", .points = {}}}};
  for (int at = 0; at < 10'080; ++at) {
    chart.lines[0].points.push_back({static_cast<double>(at), at == 5000 ? 100.0 : 1.0});
  }
  auto const svg = line_chart_svg(chart);
  EXPECT_LT(svg.size(), 30'000U);
  EXPECT_THAT(svg, HasSubstr(",10.0 "));  // the peak, at the frame's top
}

TEST(HtmlText, EscapesWhatIsMarkup) {
  EXPECT_EQ(html_text("<a href=\"x\">&</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace k2::plot
