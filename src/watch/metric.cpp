#include "watch/metric.hpp"

#include "watch/metric_table.hpp"

#include <fmt/format.h>

namespace k2::watch {

std::string_view metric_type_name(MetricType type) noexcept {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kSummary:
      return "summary";
  }
  return "untyped";
}

std::string metrics_markdown() {
  std::string page =
      "# Metrics\n"
      "`k2 stream` offers them at `/metrics` on `metrics.listen`, as of the last full second.\n"
      "Counters begin at 0 with the process. This page is what `k2 metrics` prints.\n\n"
      "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n";
  for (Metric const& metric : kMetrics) {
    page += fmt::format("| `{}` | {} | {} | {} |\n", metric.name, metric_type_name(metric.type),
                        metric.labels, metric.help);
  }
  return page;
}

}  // namespace k2::watch
