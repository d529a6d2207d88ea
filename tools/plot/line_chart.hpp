// A line chart as one inline SVG, for pages that are one file and need no network: no script, it
// prints, and it takes the colours of the page around it (currentColor, --first, --second, --bad).
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::plot {

struct Point {
  double x = 0;
  double y = 0;
};

struct Line {
  std::string name;
  std::vector<Point> points;
};

struct LineChart {
  /// The title with its unit; also the text for screen readers.
  std::string title;
  /// The unit of x, under the axis.
  std::string x_unit;
  std::vector<Line> lines;
  /// A dashed line that should not be crossed, with its name; drawn only where the data comes near.
  std::optional<double> limit = {};
  /// The axis begins at 0, not at the least value.
  bool from_zero = true;
  /// Points that are further apart are not joined: nobody looked in between.
  std::optional<double> joined_within = {};
};

/// Returns `<figure class="plot" data-points="N"><svg .../></figure>`, with a note when there are
/// no points.
[[nodiscard]] std::string line_chart_svg(LineChart const& chart);

/// Steps for an axis: 4 to 9 round numbers from at most `least` to at least `most`.
[[nodiscard]] std::vector<double> axis_steps(double least, double most);

/// Text for HTML: & < > " are escaped.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace k2::plot
