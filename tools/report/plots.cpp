#include "tools/report/plots.hpp"

#include "tools/plot/bar_chart.hpp"
#include "tools/plot/line_chart.hpp"
#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace k2::report {
namespace {

constexpr double kMb = 1 << 20;
constexpr double kHour = 3'600;
/// Samples each five minutes; two that are missing are a hole.
constexpr double kJoinedWithin = 1'000;
/// Bounds of the ping-pong classes. Units: milliseconds.
constexpr std::array kRoundTripBounds{1.0,   2.0,   5.0,     10.0,    20.0,    50.0,    100.0,
                                      200.0, 500.0, 1'000.0, 2'000.0, 5'000.0, 10'000.0};

/// A period of at most two days is shown in hours.
double unit_of(Span span) {
  return span.seconds() <= 2 * kDaySeconds ? kHour : kDaySeconds;
}

std::string axis_of(Span span) {
  return fmt::format("{} since {} UTC", unit_of(span) == kHour ? "hours" : "days",
                     time_text(span.from_s));
}

plot::Line line_of(std::string name, Samples const& samples, Span span, double scale) {
  plot::Line line{.name = std::move(name), .points = {}};
  for (Sample const& sample : samples) {
    line.points.push_back({(sample.at_s - span.from_s) / unit_of(span), sample.value * scale});
  }
  return line;
}

std::string lines_svg(std::string title, std::vector<plot::Line> lines, Span span,
                      std::optional<double> limit = {}) {
  return plot::line_chart_svg({.title = std::move(title),
                               .x_unit = axis_of(span),
                               .lines = std::move(lines),
                               .limit = limit,
                               .joined_within = kJoinedWithin / unit_of(span)});
}

/// Draws a histogram in classes of 20 minutes, up to the longest.
std::string lifetimes_svg(std::vector<double> const& lifetimes) {
  constexpr double kClass = kHour / 3;
  std::vector<plot::Bar> bars;
  double const longest = quantile(lifetimes, 1).value_or(0);
  auto const classes = static_cast<std::size_t>(std::ceil(longest / kClass));
  // Few enough that labels and bars can be distinguished.
  auto const each = std::max<std::size_t>(1, classes / 36 + (classes % 36 == 0 ? 0 : 1));
  double const width = kClass * static_cast<double>(each);
  for (double from = 0; from < longest; from += width) {
    auto const count = std::ranges::count_if(
        lifetimes, [&](double one) { return one > from && one <= from + width; });
    bool const full_hour = std::fmod(from + 1, kHour) < width && width <= kHour;
    bars.push_back(
        {.name = fmt::format("{} to {}: {}", seconds_text(from), seconds_text(from + width), count),
         .label = full_hour ? fmt::format("{:.0f}", from / kHour) : "",
         .value = static_cast<double>(count)});
  }
  return plot::bar_chart_svg({.title = "Connection lifetimes (connections that ended)",
                              .x_unit = "hours, from the label's on",
                              .bars = std::move(bars)});
}

std::string round_trips_svg(std::vector<double> const& round_trips) {
  std::vector<plot::Bar> bars;
  double below = 0;
  for (double const bound : kRoundTripBounds) {
    auto const count = std::ranges::count_if(
        round_trips, [&](double one) { return one * 1e3 > below && one * 1e3 <= bound; });
    bars.push_back({.name = fmt::format("{:g} to {:g} ms: {}", below, bound, count),
                    .label = fmt::format("{:g}", bound),
                    .value = static_cast<double>(count)});
    below = bound;
  }
  return plot::bar_chart_svg({.title = "Ping-pong latency (pongs that a scrape saw)",
                              .x_unit = "milliseconds, up to the label",
                              .bars = std::move(bars)});
}

/// Each six hours, or each hour of a short period.
std::string repairs_svg(Samples const& backfilled, Span span) {
  bool const is_short = unit_of(span) == kHour;
  double const width = is_short ? kHour : kDaySeconds / 4;
  std::vector<plot::Bar> bars;
  for (double from = span.from_s; from < span.to_s; from += width) {
    double const sum = sum_within(backfilled, {from, from + width}).value_or(0);
    double const since = (from - span.from_s) / unit_of(span);
    bool const labelled = is_short ? bars.size() % 6 == 0 : since == std::floor(since);
    bars.push_back({.name = time_text(from) + ": " + count_text(sum),
                    .label = labelled ? fmt::format("{:.0f}", since) : "",
                    .value = sum});
  }
  return plot::bar_chart_svg({.title = is_short ? "Trades fetched by repair, each hour"
                                                : "Trades fetched by repair, each six hours",
                              .x_unit = axis_of(span),
                              .bars = std::move(bars)});
}

}  // namespace

std::vector<std::string> plots_svg(InstanceFacts const& instance, double memory_limit_mb) {
  Plots const& plots = instance.plots;
  Span const span = instance.whole.span;
  return {
      lines_svg("Resident memory, MB", {line_of("resident", plots.rss, span, 1 / kMb)}, span,
                memory_limit_mb),
      lines_svg("Throughput, trades a second", {line_of("received", plots.rate, span, 1)}, span),
      lifetimes_svg(plots.lifetimes),
      round_trips_svg(plots.round_trips),
      lines_svg("Gaps: ids missing at each look",
                {line_of("being repaired", plots.missing_hole, span, 1),
                 line_of("declared", plots.missing_declared, span, 1)},
                span),
      repairs_svg(plots.backfilled, span)};
}

}  // namespace k2::report
