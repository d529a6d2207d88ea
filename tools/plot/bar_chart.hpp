// A bar chart as one inline SVG, in the manner of line_chart: histograms, and counts by the hour or
// day. Pure.
#pragma once

#include <string>
#include <vector>

namespace k2::plot {

struct Bar {
  /// What it counts, in full, for whoever points at it.
  std::string name;
  /// Under it; empty where there would be too many.
  std::string label;
  double value = 0;
};

struct BarChart {
  /// What it shows, with its unit; also the text for those who cannot see it.
  std::string title;
  /// The unit under the axis.
  std::string x_unit;
  std::vector<Bar> bars;
};

/// `<figure class="plot" data-points="N"><svg .../></figure>`, N bars that are not empty; says so
/// when there is none.
[[nodiscard]] std::string bar_chart_svg(BarChart const& chart);

}  // namespace k2::plot
