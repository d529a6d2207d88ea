// What kind of world a seed makes, besides what goes wrong in it: how the process is set up, how
// right its clock is, whether its operator changes the symbols, and who else asks the exchange from
// the same address. Pure.
#pragma once

#include "shard/shard.hpp"

#include <cstdint>
#include <vector>

namespace k2::simulation {

struct WorldPlan {
  /// Rotated often, lines try rotation; seldom, they hide no dead line.
  std::chrono::nanoseconds line_lifetime{};
  std::chrono::nanoseconds gap_patience{};
  /// How many lines carry each stream for good.
  std::size_t lines = 1;
  bool audit = false;
  /// By how much the calendar is wrong at the start, and whether it is stepped later on.
  std::chrono::seconds clock_step{};
  bool clock_is_stepped = false;
  /// Whether symbols are removed and added while the process runs.
  bool symbols_change = false;
  /// What the exchange allows to an address in a minute, and what another client there uses of it.
  std::uint32_t rest_weight = 6'000;
  std::uint32_t neighbour_weight = 0;
};

/// The plan of a seed, drawn apart from all else that the seed decides.
[[nodiscard]] WorldPlan plan_of(std::uint64_t seed);

/// How the process runs in such a world.
[[nodiscard]] shard::ShardOptions options_of(WorldPlan const& plan,
                                             std::vector<Symbol> const& symbols);

}  // namespace k2::simulation
