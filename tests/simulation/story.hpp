// Scenarios: long periods of a service's life with production's own settings, summarised as the
// counts that an operator would see. Each has bounds for its numbers, and checks that the tape is
// complete.
#pragma once

#include "core/time.hpp"
#include "watch/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace k2::simulation {

struct StoryOptions {
  std::uint64_t seed = 1;
  /// The length of the week.
  int days = 7;
  bool verbose = false;
  /// The rate of the week; 0 means the scenario's own. Units: trades per second.
  double trades_per_second = 0;
  /// Called at each of these distances with what a scrape would see; nothing while the process
  /// does not run.
  std::function<void(Now const&, std::optional<watch::Snapshot>)> scrape{};
  std::chrono::seconds scrape_interval{60};
};

/// The names of all scenarios, separated by blanks.
[[nodiscard]] std::string story_names();

/// Runs a scenario, by name. The text is what an operator would see.
/// Throws OracleFailure when a promise is broken, std::invalid_argument when there is no such
/// scenario.
[[nodiscard]] std::string tell(std::string_view story, StoryOptions const& options);

}  // namespace k2::simulation
