// Stories: long stretches of a service's life with production's own settings, told as the counts
// that an operator would see. Each promises what its numbers must be, and that the tape is whole.
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
  /// How long the week is.
  int days = 7;
  bool verbose = false;
  /// Of the week; 0 means the story's own. Units: trades per second.
  double trades_per_second = 0;
  /// Called at each of these distances with what a scrape would see; nothing while the process
  /// does not run.
  std::function<void(Now const&, std::optional<watch::Snapshot>)> scrape{};
  std::chrono::seconds scrape_interval{60};
};

/// The names of all stories, separated by blanks.
[[nodiscard]] std::string story_names();

/// Tells a story, by name. The text is what an operator would see.
/// Throws OracleFailure when a promise is broken, std::invalid_argument when there is no such
/// story.
[[nodiscard]] std::string tell(std::string_view story, StoryOptions const& options);

}  // namespace k2::simulation
