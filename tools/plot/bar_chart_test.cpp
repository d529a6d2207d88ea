#include "tools/plot/bar_chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::plot {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BarChart, DrawsEachBarAsHighAsItsValue) {
  auto const svg = bar_chart_svg({.title = "lifetimes",
                                  .x_unit = "hours",
                                  .bars = {{.name = "1 h: 5", .label = "1", .value = 5},
                                           {.name = "2 h: 10", .label = "2", .value = 10}}});
  EXPECT_THAT(svg, HasSubstr("data-points=\"2\""));
  EXPECT_THAT(svg, HasSubstr("y=\"108.0\" width=\"234.5\" height=\"98.0\""));
  EXPECT_THAT(svg, HasSubstr("y=\"10.0\" width=\"234.5\" height=\"196.0\""));
  EXPECT_THAT(svg, HasSubstr("<title>2 h: 10</title>"));
}

TEST(BarChart, KeepsAnEmptyPlaceAndShowsWhatIsLittle) {
  auto const svg = bar_chart_svg({.title = "t",
                                  .x_unit = "",
                                  .bars = {{.name = "a", .label = "", .value = 0},
                                           {.name = "b", .label = "", .value = 1},
                                           {.name = "c", .label = "", .value = 10'000}}});
  EXPECT_THAT(svg, HasSubstr("data-points=\"2\""));
  EXPECT_THAT(svg, HasSubstr("height=\"0.0\""));
  EXPECT_THAT(svg, HasSubstr("height=\"1.5\""));
}

TEST(BarChart, WithoutValuesSaysSo) {
  auto const svg = bar_chart_svg({.title = "t", .x_unit = "", .bars = {{"a", "", 0}}});
  EXPECT_THAT(svg, HasSubstr("nothing was measured"));
  EXPECT_THAT(svg, Not(HasSubstr("<svg")));
}

}  // namespace
}  // namespace k2::plot
