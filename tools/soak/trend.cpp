#include "tools/soak/trend.hpp"

namespace k2::soak {

Trend fit_line(std::span<Point const> points) {
  if (points.size() < 2) return {};
  auto const count = static_cast<double>(points.size());
  Point const origin = points.front();
  Point mean;
  for (Point const& point : points) {
    mean.x += (point.x - origin.x) / count;
    mean.y += (point.y - origin.y) / count;
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (Point const& point : points) {
    double const x = point.x - origin.x - mean.x;
    double const y = point.y - origin.y - mean.y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  if (xx <= 0) return {};
  return {.slope = xy / xx, .fit = yy > 0 ? xy * xy / (xx * yy) : 0};
}

}  // namespace k2::soak
