#include "tools/plot/line_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace k2::plot {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 240;
constexpr double kLeft = 56;
constexpr double kRight = 12;
constexpr double kTop = 10;
constexpr double kBottom = 34;
/// Limit of distinguishable points: beyond it, neighbours are drawn as their least and highest.
constexpr std::size_t kColumns = 600;
constexpr std::array<char const*, 4> kColours{"var(--first, #1f6feb)", "var(--second, #b35900)",
                                              "var(--good, #11804a)", "var(--quiet, #5d6b7a)"};

struct Frame {
  double x0 = 0;
  double x1 = 1;
  double y0 = 0;
  double y1 = 1;

  [[nodiscard]] double x(double value) const {
    return kLeft + (value - x0) / (x1 - x0) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    return kHeight - kBottom - (value - y0) / (y1 - y0) * (kHeight - kTop - kBottom);
  }
};

std::string number(double value, double step) {
  double const size = std::abs(step);
  if (size >= 1) return fmt::format("{:.0f}", value);
  int const places = size >= 0.1 ? 1 : size >= 0.01 ? 2 : size >= 0.001 ? 3 : 5;
  return fmt::format("{:.{}f}", value, places);
}

/// All points, or of each column the least and the highest.
std::vector<Point> thinned(std::vector<Point> const& points) {
  if (points.size() <= 2 * kColumns) return points;
  std::vector<Point> few;
  std::size_t const each = (points.size() + kColumns - 1) / kColumns;
  for (std::size_t at = 0; at < points.size(); at += each) {
    auto const begin = points.begin() + static_cast<std::ptrdiff_t>(at);
    auto const end = begin + static_cast<std::ptrdiff_t>(std::min(each, points.size() - at));
    auto const [low, high] = std::ranges::minmax_element(begin, end, {}, &Point::y);
    few.push_back(*std::min(low, high));
    if (low != high) few.push_back(*std::max(low, high));
  }
  return few;
}

struct Extent {
  double low = 0;
  double high = 0;
};

Extent extent(LineChart const& chart, double Point::* side) {
  bool any = false;
  Extent found;
  for (Line const& line : chart.lines) {
    for (Point const& point : line.points) {
      double const value = point.*side;
      found = any ? Extent{std::min(found.low, value), std::max(found.high, value)}
                  : Extent{value, value};
      any = true;
    }
  }
  return found;
}

void draw_axes(std::vector<double> const& xs, std::vector<double> const& ys, Frame const& frame,
               std::string const& x_unit, std::string& out) {
  auto put = std::back_inserter(out);
  double const foot = kHeight - kBottom;
  for (double const y : ys) {
    double const at = frame.y(y);
    fmt::format_to(put,
                   "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"currentColor\" "
                   "stroke-opacity=\"0.15\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}"
                   "</text>",
                   kLeft, kWidth - kRight, at, at, kLeft - 6, at + 4, number(y, ys[1] - ys[0]));
  }
  for (double const x : xs) {
    if (x < frame.x0 || x > frame.x1) continue;
    fmt::format_to(put, "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", frame.x(x),
                   foot + 15, number(x, xs[1] - xs[0]));
  }
  fmt::format_to(put, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", kWidth - kRight,
                 foot + 29, html_text(x_unit));
}

void draw_joined(std::vector<Point> const& line, char const* colour, Frame const& frame,
                 std::string& out) {
  auto put = std::back_inserter(out);
  auto const points = thinned(line);
  if (points.empty()) return;
  fmt::format_to(put, "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"",
                 colour);
  for (Point const& point : points) {
    fmt::format_to(put, "{:.1f},{:.1f} ", frame.x(point.x), frame.y(point.y));
  }
  out += "\"/>";
}

void draw_line(Line const& line, LineChart const& chart, char const* colour, Frame const& frame,
               std::string& out) {
  std::vector<Point> piece;
  for (Point const& point : line.points) {
    if (chart.joined_within && !piece.empty() && point.x - piece.back().x > *chart.joined_within) {
      draw_joined(piece, colour, frame, out);
      piece.clear();
    }
    piece.push_back(point);
  }
  draw_joined(piece, colour, frame, out);
}

}  // namespace

std::vector<double> axis_steps(double least, double most) {
  if (!(most > least)) most = least + 1;
  double const rough = (most - least) / 5;
  double const power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double const factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) {
      step = factor * power;
      break;
    }
  }
  double const first = std::floor(least / step);
  double const last = std::ceil(most / step);
  std::vector<double> steps;
  for (double at = first; at <= last; at += 1) steps.push_back(at * step);
  return steps;
}

std::string html_text(std::string_view text) {
  std::string out;
  for (char const c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string line_chart_svg(LineChart const& chart) {
  std::size_t count = 0;
  for (Line const& line : chart.lines) count += line.points.size();
  std::string const title = html_text(chart.title);
  std::string out =
      fmt::format("<figure class=\"plot\" data-points=\"{}\"><figcaption>{}", count, title);
  for (std::size_t at = 0; chart.lines.size() > 1 && at < chart.lines.size(); ++at) {
    out += fmt::format(" <span style=\"color:{}\">&#9632; {}</span>", kColours[at % 4],
                       html_text(chart.lines[at].name));
  }
  out += "</figcaption>";
  if (count == 0) return out + "<p>nothing was measured</p></figure>\n";
  auto const [x0, x1] = extent(chart, &Point::x);
  auto [y0, y1] = extent(chart, &Point::y);
  if (chart.from_zero) y0 = std::min(y0, 0.0);
  bool const limited = chart.limit && *chart.limit <= y0 + 2.5 * (y1 - y0);
  if (limited) y1 = std::max(y1, *chart.limit);
  auto const xs = axis_steps(x0, x1);
  auto const ys = axis_steps(y0, y1);
  Frame const frame{.x0 = x0, .x1 = x1 > x0 ? x1 : x0 + 1, .y0 = ys.front(), .y1 = ys.back()};
  out += fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" font-size=\"11\" "
      "font-family=\"system-ui, sans-serif\" fill=\"currentColor\">",
      kWidth, kHeight, title);
  draw_axes(xs, ys, frame, chart.x_unit, out);
  if (limited) {
    out += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--bad, #c62828)\" "
        "stroke-dasharray=\"6 4\"/>",
        kLeft, kWidth - kRight, frame.y(*chart.limit), frame.y(*chart.limit));
  }
  for (std::size_t at = 0; at < chart.lines.size(); ++at) {
    draw_line(chart.lines[at], chart, kColours[at % 4], frame, out);
  }
  return out + "</svg></figure>\n";
}

}  // namespace k2::plot
