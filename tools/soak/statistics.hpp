// A soak in numbers, with their names: what every artifact shows. Pure.
#pragma once

#include "tools/soak/record.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::soak {

struct Statistic {
  /// As in the JSON, with its unit behind.
  std::string_view name;
  double value = 0;
};

/// All that can be said; names are stable.
[[nodiscard]] std::vector<Statistic> summary_statistics(Record const& record);

/// What was run, in words: title and text of each line.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> description(Record const& record);

/// One line a period; what it says of a held one.
[[nodiscard]] std::string period_text(PeriodLine const& line);

}  // namespace k2::soak
