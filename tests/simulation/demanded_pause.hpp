// The pause that the exchange demanded of an address, as far as the process there has received it:
// 429 and 418 with Retry-After, on REST and on connecting alike. Nothing may be requested before it
// is over.
#pragma once

#include "tests/simulation/clock.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace k2::simulation {

class DemandedPause {
 public:
  /// The process received this demand.
  void demand(std::chrono::seconds wait, MonoTime now) { until_ = std::max(until_, now + wait); }
  /// A new process does not know what the exchange sent to the one before.
  void forget() { until_ = MonoTime::min(); }
  /// Throws OracleFailure when the process may not make a request now.
  void check(std::string const& request, MonoTime now) const {
    if (now >= until_) return;
    throw OracleFailure{"retry_after", request + " before the exchange's Retry-After is over"};
  }

 private:
  MonoTime until_ = MonoTime::min();
};

}  // namespace k2::simulation
