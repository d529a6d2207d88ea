// The trend of memory in the samples, after the warm-up. Hours are those of the system's time.
// Pure.
#pragma once

#include "tools/soak/record.hpp"

namespace k2::soak {

/// Units: MB of 2^20 bytes.
struct MemoryFacts {
  /// There are samples after the warm-up.
  bool known = false;
  double first_mb = 0;
  double last_mb = 0;
  double growth_mb = 0;
  double least_mb = 0;
  double mean_mb = 0;
  double most_mb = 0;
  /// Least squares; `slope_growth_mb` is the slope over the plan's whole duration.
  double slope_mb_per_hour = 0;
  double slope_growth_mb = 0;
  double fit = 0;
  /// The highest after the warm-up: by the stream itself, or, when the run is compressed, by the
  /// same formula over the system's time.
  double leak_score = 0;
};

[[nodiscard]] MemoryFacts memory_facts(Record const& record);

}  // namespace k2::soak
