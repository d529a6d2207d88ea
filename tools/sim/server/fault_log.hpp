// Faults in the log: one line when one begins, one when it ends, so that recoveries can be timed.
#pragma once

#include "tools/sim/faults.hpp"

#include <vector>

namespace k2::sim {

/// Logs `sim.fault_began` and `sim.fault_ended` for each, and empties the list.
void log_faults(std::vector<FaultEvent>& events);

}  // namespace k2::sim
