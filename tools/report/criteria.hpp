// Each criterion and each trigger of a report: one function of the facts of a stretch of time.
// Pure.
#pragma once

#include "tools/report/judge.hpp"

#include <vector>

namespace k2::report {

/// All but the joined results of verify, in the order of the report.
[[nodiscard]] std::vector<Criterion> criteria_of(InstanceFacts const& instance, Facts const& facts,
                                                 Limits const& limits);
[[nodiscard]] std::vector<Criterion> triggers_of(Facts const& facts, Measured critical_in_a_day,
                                                 Limits const& limits);

}  // namespace k2::report
