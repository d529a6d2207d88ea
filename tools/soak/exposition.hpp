// Parses /metrics: series by their full name, and quantiles of histograms. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace k2::soak {

/// `name{label="value"}` -> number, of a page in Prometheus' text format.
using Series = std::map<std::string, double, std::less<>>;

[[nodiscard]] Series read_series(std::string_view page);

/// The upper bound of the bucket in which the quantile lies; nothing when nothing was counted, or
/// when it lies above the highest bound. `labels` as in `stage="receive_journal"`.
[[nodiscard]] std::optional<double> quantile(Series const& series, std::string_view histogram,
                                             std::string_view labels, double fraction);

}  // namespace k2::soak
