// The exchange's request weights: so much per clock minute and address, then 429, and 418 for those
// who do not stop. Pure.
#pragma once

#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace k2::sim {

/// Source: the exchange's REST documentation, limits (read 2026-11-23): 6,000 a minute and address;
/// bans begin at two minutes. Chosen: the ban comes with the 20th request that was already refused.
struct RestLimits {
  std::uint64_t weight_max = 6000;
  std::uint64_t refused_max = 20;
  std::chrono::seconds ban{120};
};

/// The decision on a request: served or refused, and the headers of its reply.
struct RestVerdict {
  /// 200, 429 or 418.
  unsigned status = 200;
  /// Weight used in this minute, this request included.
  std::uint64_t used = 0;
  /// The wait that goes with 429 and 418.
  std::chrono::seconds retry_after{};
  UtcTime banned_until{};
};

class RestBudget {
 public:
  explicit RestBudget(RestLimits const& limits) : limits_(limits) {}

  /// Charges a request to a client's address.
  [[nodiscard]] RestVerdict charge(std::string const& client, std::uint64_t weight, UtcTime now);

 private:
  struct Account {
    UtcTime minute{};
    std::uint64_t used = 0;
    std::uint64_t refused = 0;
    UtcTime banned_until{};
  };

  RestLimits limits_;
  std::map<std::string, Account> accounts_;
};

}  // namespace k2::sim
