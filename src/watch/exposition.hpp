// Builds a scrape's text: values of metrics, named by their names in the table, in Prometheus' text
// format. A name that is not in the table does not compile; other labels than the table's are a
// bug. Pure; runs on the watch server's thread, never in the data path.
#pragma once

#include "core/histogram.hpp"
#include "watch/metric_table.hpp"

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace k2::watch {

/// A row of the table, by its name.
class MetricName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is the name
  consteval MetricName(char const* name) : metric_(find(name)) {}
  [[nodiscard]] constexpr Metric const& operator*() const noexcept { return *metric_; }

 private:
  static consteval Metric const* find(std::string_view name) {
    for (Metric const& metric : kMetrics) {
      if (metric.name == name) return &metric;
    }
    throw "no metric of the table has this name";
  }
  Metric const* metric_;
};

using LabelValues = std::initializer_list<std::string_view>;

class Exposition {
 public:
  /// All values of a metric follow each other.
  void add(MetricName name, double number, LabelValues labels = {});
  void add(MetricName name, std::integral auto number, LabelValues labels = {}) {
    add_text(*name, fmt_number(number), labels);
  }
  void add(MetricName name, Histogram const& histogram, LabelValues labels);
  /// A summary without quantiles.
  void add_sum(MetricName name, std::uint64_t count, std::chrono::nanoseconds sum,
               LabelValues labels = {});

  [[nodiscard]] std::string const& text() const noexcept { return text_; }

 private:
  static std::string fmt_number(std::integral auto number) {
    return std::to_string(static_cast<long long>(number));
  }
  void begin(Metric const& metric);
  void add_text(Metric const& metric, std::string_view number, LabelValues labels);
  void line(Metric const& metric, std::string_view suffix, LabelValues labels, std::string_view le,
            std::string_view number);

  std::string text_;
  Metric const* last_ = nullptr;
};

/// A label's value as the format requires it: backslash, quote and line feed escaped.
[[nodiscard]] std::string escaped_label(std::string_view text);

}  // namespace k2::watch
