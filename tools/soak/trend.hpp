// A straight line through points, by least squares. Pure.
#pragma once

#include <span>

namespace k2::soak {

struct Point {
  double x = 0;
  double y = 0;
};

struct Trend {
  /// Units of y per unit of x; 0 for fewer than two different x.
  double slope = 0;
  /// Quality of the line's fit, 0 to 1; 0 when nothing varies.
  double fit = 0;
};

[[nodiscard]] Trend fit_line(std::span<Point const> points);

}  // namespace k2::soak
