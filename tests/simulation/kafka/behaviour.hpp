// The behaviours of the simulated cluster and its network that can be switched off. A mutant that
// only one of them can find survives once it is off: that is how mutants.hpp is held to its word.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace k2::simulation::kafka {

enum class Behaviour : std::uint8_t {
  /// A request whose connection broke arrives later, as a second copy of its repetition. Without,
  /// it is lost.
  kLateRequests,
  /// Partitions never learn the outcome of a transaction (KAFKA-20734).
  kForgottenMarkers,
  /// Some partitions of a forgotten transaction have received its marker before.
  kPartialMarkers,
  /// Brokers answer with errors of these classes, as librdkafka classifies them.
  kRetriableErrors,
  kAbortableErrors,
  kFatalErrors,
  /// Brokers refuse the epoch or the membership of a client that is current.
  kFencedErrors,
  kLeaderMoves,
  kCoordinatorMoves,
  kInSyncShrinks,
  kUncleanElections,
  kAddedPartitions,
  /// Topics are deleted, and created again.
  kTopicChanges,
  /// Connections break, hang or are slow.
  kNetworkFaults,
  /// Brokers die or freeze.
  kBrokerFaults,
  /// The group rebalances although its members did not change.
  kRebalances,
  /// Processes die, freeze, leave, or are mute.
  kProcessFaults,
};
inline constexpr std::size_t kBehaviours = 17;

/// Returns the behaviour's name on the command line, for example late-requests.
[[nodiscard]] std::string_view name_of(Behaviour behaviour) noexcept;
[[nodiscard]] std::optional<Behaviour> behaviour_named(std::string_view name) noexcept;

/// A set of behaviours; all of them unless some are taken out.
class Behaviours {
 public:
  [[nodiscard]] bool has(Behaviour behaviour) const {
    return on_[static_cast<std::size_t>(behaviour)];
  }
  void set(Behaviour behaviour, bool on) { on_[static_cast<std::size_t>(behaviour)] = on; }

 private:
  std::bitset<kBehaviours> on_ = std::bitset<kBehaviours>{}.set();
};

}  // namespace k2::simulation::kafka
