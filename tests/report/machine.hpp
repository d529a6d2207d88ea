// The parts that a simulated week lacks: the machine's memory, its disk, and a Kafka behind the
// journal. Generated for each minute, the same way every time; the leak score over it is the
// product's own.
#pragma once

#include "core/rng.hpp"
#include "watch/delivery_lag.hpp"
#include "watch/leak_score.hpp"
#include "watch/snapshot.hpp"

#include <cstdint>

namespace k2::tests {

class Machine {
 public:
  explicit Machine(double leaked_mb_per_hour) : leaked_mb_per_hour_(leaked_mb_per_hour) {}

  /// Fills in what the simulation left out.
  void show(watch::Snapshot& snapshot);

 private:
  double leaked_mb_per_hour_;
  Rng rng_{7};
  UtcTime started_{};
  watch::LeakScore leak_score_;
  watch::DeliveryLag lag_;
  std::uint64_t durable_before_ = 0;
};

}  // namespace k2::tests
