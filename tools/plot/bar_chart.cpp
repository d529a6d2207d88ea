#include "tools/plot/bar_chart.hpp"

#include "tools/plot/line_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace k2::plot {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 240;
constexpr double kLeft = 56;
constexpr double kRight = 12;
constexpr double kTop = 10;
constexpr double kBottom = 34;
/// Share of a bar's width.
constexpr double kGap = 0.18;

void draw_grid(std::vector<double> const& ys, double scale, std::string& out) {
  for (double const y : ys) {
    double const at = kHeight - kBottom - y * scale;
    fmt::format_to(
        std::back_inserter(out),
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"currentColor\" "
        "stroke-opacity=\"0.15\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.{}f}"
        "</text>",
        kLeft, kWidth - kRight, at, at, kLeft - 6, at + 4, y, ys[1] < 1 ? 1 : 0);
  }
}

void draw_bars(BarChart const& chart, double scale, std::string& out) {
  auto put = std::back_inserter(out);
  double const foot = kHeight - kBottom;
  double const place = (kWidth - kLeft - kRight) / static_cast<double>(chart.bars.size());
  for (std::size_t at = 0; at < chart.bars.size(); ++at) {
    Bar const& bar = chart.bars[at];
    double const x = kLeft + (static_cast<double>(at) + kGap / 2) * place;
    // What is not nothing can be seen.
    double const height = bar.value > 0 ? std::max(bar.value * scale, 1.5) : 0;
    fmt::format_to(put,
                   "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                   "fill=\"var(--first, #1f6feb)\"><title>{}</title></rect>",
                   x, foot - height, place * (1 - kGap), height, html_text(bar.name));
    if (bar.label.empty()) continue;
    fmt::format_to(put, "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                   kLeft + (static_cast<double>(at) + 0.5) * place, foot + 15,
                   html_text(bar.label));
  }
}

}  // namespace

std::string bar_chart_svg(BarChart const& chart) {
  auto const full = std::ranges::count_if(chart.bars, [](Bar const& bar) { return bar.value > 0; });
  std::string const title = html_text(chart.title);
  std::string out = fmt::format(
      "<figure class=\"plot\" data-points=\"{}\"><figcaption>{}</figcaption>", full, title);
  if (full == 0) return out + "<p>nothing was measured</p></figure>\n";
  double const most = std::ranges::max_element(chart.bars, {}, &Bar::value)->value;
  auto const ys = axis_steps(0, most);
  double const scale = (kHeight - kTop - kBottom) / ys.back();
  out += fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" font-size=\"11\" "
      "font-family=\"system-ui, sans-serif\" fill=\"currentColor\">",
      kWidth, kHeight, title);
  draw_grid(ys, scale, out);
  draw_bars(chart, scale, out);
  fmt::format_to(std::back_inserter(out), "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                 kWidth - kRight, kHeight - kBottom + 29, html_text(chart.x_unit));
  return out + "</svg></figure>\n";
}

}  // namespace k2::plot
