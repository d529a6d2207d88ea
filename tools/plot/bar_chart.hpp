// A bar chart as one inline SVG, in the manner of line_chart: histograms, and counts by the hour or
// day. Pure.
#pragma once

#include <string>
#include <vector>

namespace k2::plot {

struct Bar {
  /// The full description of the count, as a tooltip.
  std::string name;
  /// The label under it; empty where there would be too many.
  std::string label;
  double value = 0;
};

struct BarChart {
  /// The title with its unit; also the text for screen readers.
  std::string title;
  /// The unit under the axis.
  std::string x_unit;
  std::vector<Bar> bars;
};

/// Returns `<figure class="plot" data-points="N"><svg .../></figure>`, N bars that are not empty;
/// with a note when there is none.
[[nodiscard]] std::string bar_chart_svg(BarChart const& chart);

}  // namespace k2::plot
