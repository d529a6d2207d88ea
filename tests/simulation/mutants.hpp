// The mutants that the simulation must find within 200 seeds. Each is planted in the product's code
// (core/planted.hpp). docs/simulation.md states what covers behaviours that no mutant depends on.
#pragma once

#include "tests/simulation/kafka/behaviour.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace k2 {

enum class PlantedBug : std::uint8_t;  // core/planted.hpp

namespace simulation {

struct Mutant {
  /// The kind of world that can find it.
  enum class World : std::uint8_t { kShard, kKafka };

  std::string_view name;
  PlantedBug bug{};
  World world = World::kShard;
  /// Without this behaviour of the simulated cluster the mutant survives.
  std::optional<kafka::Behaviour> only{};
};

[[nodiscard]] std::span<Mutant const> mutants() noexcept;
/// Returns nullptr when there is none of this name.
[[nodiscard]] Mutant const* mutant_named(std::string_view name) noexcept;

}  // namespace simulation
}  // namespace k2
