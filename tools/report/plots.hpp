// The plots of a report, made of an instance's lines. Pure.
#pragma once

#include "tools/report/facts.hpp"

#include <string>
#include <vector>

namespace k2::report {

/// Memory, throughput, connection lifetimes, ping-pong latency, ids missing and trades fetched.
[[nodiscard]] std::vector<std::string> plots_svg(InstanceFacts const& instance,
                                                 double memory_limit_mb);

}  // namespace k2::report
