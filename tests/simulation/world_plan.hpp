// The properties of the world that a seed makes, besides its faults: the options of the process,
// the error of its clock, changes of its symbols, and another client of the exchange at the same
// address. Pure.
#pragma once

#include "shard/shard.hpp"

#include <cstdint>
#include <vector>

namespace k2::simulation {

/// The defect of the exchange that a world ends with.
enum class Trial : std::uint8_t {
  kNone,
  kRefusedSymbol,
  kUnusableTrade,
  kOddRow,
  kNoRest,
  kFlapping,
  kCatchUp,
  kRestartedIds,
};

struct WorldPlan {
  /// Rotated often, lines try rotation; seldom, they hide no dead line.
  std::chrono::nanoseconds line_lifetime{};
  std::chrono::nanoseconds gap_patience{};
  /// The number of connections that permanently carry each stream.
  std::size_t lines = 1;
  bool audit = false;
  /// The error of the calendar at the start.
  std::chrono::seconds clock_step{};
  /// True when the calendar is stepped later on.
  bool clock_is_stepped = false;
  /// True when symbols are removed and added while the process runs.
  bool symbols_change = false;
  /// The exchange's limit of weight for an address in a minute, and the part that another client
  /// there uses.
  std::uint32_t rest_weight = 6'000;
  std::uint32_t neighbour_weight = 0;
  /// True when the two have divided the weight: the process uses its share and no more.
  bool divided = false;
  Trial trial = Trial::kNone;
};

/// The plan of a seed, drawn apart from all else that the seed decides.
[[nodiscard]] WorldPlan plan_of(std::uint64_t seed);

/// The options of the process in such a world.
[[nodiscard]] shard::ShardOptions options_of(WorldPlan const& plan,
                                             std::vector<Symbol> const& symbols);

}  // namespace k2::simulation
