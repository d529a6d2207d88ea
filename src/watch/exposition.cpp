#include "watch/exposition.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <iterator>

namespace k2::watch {
namespace {

std::string number_text(double number) {
  return fmt::format("{}", number);
}

/// Converts microseconds or nanoseconds; a sum of years fits.
double seconds_of(std::chrono::duration<double> span) {
  return span.count();
}

}  // namespace

std::string escaped_label(std::string_view text) {
  std::string escaped;
  for (char const c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

void Exposition::begin(Metric const& metric) {
  if (last_ == &metric) return;
  // The table's order is the page's, so no metric can be started twice.
  K2_ASSERT(last_ == nullptr || last_ < &metric);
  last_ = &metric;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", metric.name,
                 metric.help, metric.name, metric_type_name(metric.type));
}

void Exposition::line(Metric const& metric, std::string_view suffix, LabelValues labels,
                      std::string_view le, std::string_view number) {
  K2_ASSERT(labels.size() == metric.label_count());
  text_.append(metric.name).append(suffix);
  std::string_view names = metric.labels;
  char mark = '{';
  for (std::string_view const label : labels) {
    auto const end = std::min(names.find(','), names.size());
    text_.push_back(mark);
    text_.append(names.substr(0, end)).append("=\"").append(escaped_label(label)).append("\"");
    names.remove_prefix(std::min(end + 1, names.size()));
    mark = ',';
  }
  if (!le.empty()) {
    text_.push_back(mark);
    text_.append("le=\"").append(le).append("\"");
    mark = ',';
  }
  if (mark == ',') text_.push_back('}');
  text_.append(" ").append(number).append("\n");
}

void Exposition::add_text(Metric const& metric, std::string_view number, LabelValues labels) {
  begin(metric);
  K2_ASSERT(metric.type == MetricType::kCounter || metric.type == MetricType::kGauge);
  line(metric, "", labels, "", number);
}

void Exposition::add(MetricName name, double number, LabelValues labels) {
  add_text(*name, number_text(number), labels);
}

void Exposition::add(MetricName name, Histogram const& histogram, LabelValues labels) {
  begin(*name);
  std::uint64_t below = 0;
  for (std::size_t at = 0; at < Histogram::kBounds; ++at) {
    below += histogram.counts()[at];
    line(*name, "_bucket", labels, number_text(seconds_of(Histogram::bound(at))),
         fmt_number(below));
  }
  line(*name, "_bucket", labels, "+Inf", fmt_number(histogram.count()));
  line(*name, "_sum", labels, "", number_text(seconds_of(histogram.sum())));
  line(*name, "_count", labels, "", fmt_number(histogram.count()));
}

void Exposition::add_sum(MetricName name, std::uint64_t count, std::chrono::nanoseconds sum,
                         LabelValues labels) {
  begin(*name);
  line(*name, "_sum", labels, "", number_text(seconds_of(sum)));
  line(*name, "_count", labels, "", fmt_number(count));
}

}  // namespace k2::watch
