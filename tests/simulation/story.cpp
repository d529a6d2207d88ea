#include "tests/simulation/story.hpp"

#include "tests/simulation/stories/stories.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace k2::simulation {
namespace {

using Teller = std::string (*)(StoryOptions const&);

constexpr std::array<std::pair<std::string_view, Teller>, 6> kStories{{
    {"week", tell_week},
    {"halt", tell_halt},
    {"many", tell_many},
    {"quiet", tell_quiet},
    {"hole", tell_hole},
    {"redundant", tell_redundant},
}};

}  // namespace

std::string story_names() {
  std::string names;
  for (auto const& [name, teller] : kStories) names.append(names.empty() ? "" : " ").append(name);
  return names;
}

std::string tell(std::string_view story, StoryOptions const& options) {
  auto const* const found =
      std::ranges::find(kStories, story, &std::pair<std::string_view, Teller>::first);
  if (found != kStories.end()) return found->second(options);
  throw std::invalid_argument{
      fmt::format("there is no story '{}'; there are {}", story, story_names())};
}

}  // namespace k2::simulation
