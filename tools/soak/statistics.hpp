// A soak in numbers, with their names: what every artifact shows. Pure.
#pragma once

#include "tools/soak/record.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::soak {

struct Statistic {
  /// The name in the JSON, followed by its unit.
  std::string_view name;
  double value = 0;
};

/// Computes all statistics; names are stable.
[[nodiscard]] std::vector<Statistic> summary_statistics(Record const& record);

/// Describes the run: title and text of each line.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> description(Record const& record);

/// Describes a period in one line; also one at its minimum.
[[nodiscard]] std::string period_text(PeriodLine const& line);

}  // namespace k2::soak
