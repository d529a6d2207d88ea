// Stories: long stretches of a service's life with production's own settings, told as the counts
// that an operator would see. Each promises what its numbers must be, and that the tape is whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::simulation {

struct StoryOptions {
  std::uint64_t seed = 1;
  /// How long the week is.
  int days = 7;
  bool verbose = false;
};

/// The names of all stories, separated by blanks.
[[nodiscard]] std::string story_names();

/// Tells a story, by name. The text is what an operator would see.
/// Throws OracleFailure when a promise is broken, std::invalid_argument when there is no such
/// story.
[[nodiscard]] std::string tell(std::string_view story, StoryOptions const& options);

}  // namespace k2::simulation
