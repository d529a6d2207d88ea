#include "tools/soak/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace k2::soak {
namespace {

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Series read_series(std::string_view page) {
  Series series;
  while (!page.empty()) {
    auto const end = page.find('\n');
    std::string_view const line = page.substr(0, end);
    page = end == std::string_view::npos ? std::string_view{} : page.substr(end + 1);
    auto const blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string_view::npos) continue;
    if (auto const number = number_of(line.substr(blank + 1))) {
      series.insert_or_assign(std::string{line.substr(0, blank)}, *number);
    }
  }
  return series;
}

std::optional<double> quantile(Series const& series, std::string_view histogram,
                               std::string_view labels, double fraction) {
  auto const total = series.find(fmt::format("{}_count{{{}}}", histogram, labels));
  if (total == series.end() || total->second <= 0) return std::nullopt;
  std::string const beginning = fmt::format("{}_bucket{{{},le=\"", histogram, labels);
  std::optional<double> found;
  for (auto at = series.lower_bound(beginning);
       at != series.end() && at->first.starts_with(beginning); ++at) {
    std::string_view bound = std::string_view{at->first}.substr(beginning.size());
    bound = bound.substr(0, bound.find('"'));
    auto const number = number_of(bound);
    if (!number || at->second < fraction * total->second) continue;
    if (!found || *number < *found) found = number;
  }
  return found && *found < 1e300 ? found : std::nullopt;
}

}  // namespace k2::soak
