// The scenarios, one per file: each runs one period of a service's life and returns its counts as
// text. All throw OracleFailure when a promise is broken.
#pragma once

#include "tests/simulation/story.hpp"

#include <string>

namespace k2::simulation {

/// Days with an occasional fault, and one restart.
[[nodiscard]] std::string tell_week(StoryOptions const& options);
/// Two hours in which nothing is traded, and an hour on either side.
[[nodiscard]] std::string tell_halt(StoryOptions const& options);
/// More symbols than one line may carry, rotations, and one loss of all lines.
[[nodiscard]] std::string tell_many(StoryOptions const& options);
/// A few symbols with a trade a minute each, for a day of rotations.
[[nodiscard]] std::string tell_quiet(StoryOptions const& options);
/// No line for as long as a million trades take.
[[nodiscard]] std::string tell_hole(StoryOptions const& options);
/// Two lines for good, of which one is lost now and then.
[[nodiscard]] std::string tell_redundant(StoryOptions const& options);

}  // namespace k2::simulation
