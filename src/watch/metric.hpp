// The registry facade: every metric that K2 offers is one row of one table (metric.cpp), and code
// names it by its own name, which the compiler looks up there. docs/metrics.md is the same table.
// It holds no values: those are plain counters of the threads that count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace k2::watch {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram, kSummary };
[[nodiscard]] std::string_view metric_type_name(MetricType type) noexcept;

struct Metric {
  std::string_view name;
  MetricType type{};
  /// Names of its labels, separated by commas.
  std::string_view labels;
  /// The meaning for an operator.
  std::string_view help;

  [[nodiscard]] constexpr std::size_t label_count() const noexcept {
    if (labels.empty()) return 0;
    return 1 + static_cast<std::size_t>(std::ranges::count(labels, ','));
  }
};

/// The reference page of all metrics.
[[nodiscard]] std::string metrics_markdown();

}  // namespace k2::watch
