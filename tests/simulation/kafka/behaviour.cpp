#include "tests/simulation/kafka/behaviour.hpp"

#include <algorithm>
#include <array>

namespace k2::simulation::kafka {
namespace {

/// The names, in the order of the enumeration.
constexpr std::array<std::string_view, kBehaviours> kNames{
    "late-requests",     "forgotten-markers", "partial-markers",   "retriable-errors",
    "abortable-errors",  "fatal-errors",      "fenced-errors",     "leader-moves",
    "coordinator-moves", "isr-shrinks",       "unclean-elections", "added-partitions",
    "topic-changes",     "network-faults",    "broker-faults",     "rebalances",
    "process-faults"};

}  // namespace

std::string_view name_of(Behaviour behaviour) noexcept {
  return kNames.at(static_cast<std::size_t>(behaviour));
}

std::optional<Behaviour> behaviour_named(std::string_view name) noexcept {
  auto const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Behaviour>(found - kNames.begin());
}

}  // namespace k2::simulation::kafka
