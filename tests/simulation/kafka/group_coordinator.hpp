// The coordinator of K2's consumer group in a simulated cluster: members with sessions and names of
// their own (static membership), generations, and cooperative rebalances, in which a partition is
// first revoked and assigned anew once its owner has released it. Pure.
#pragma once

#include "core/rng.hpp"
#include "tests/simulation/kafka/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

class GroupCoordinator {
 public:
  static constexpr std::chrono::milliseconds kSessionTimeout{10'000};

  GroupCoordinator(std::int32_t partitions, Rng rng) : partitions_(partitions), rng_(rng) {}

  /// Time has passed; `serving` is false while no broker coordinates the group.
  void tick(MonoTime now, bool serving);
  [[nodiscard]] Response handle(Request const& request);
  /// The check of KIP-447: a transaction may commit offsets only for a current member.
  [[nodiscard]] ErrorCode check_member(std::string const& member, std::uint64_t generation) const;

  /// Another broker coordinates the group: it counts anew how long members are silent.
  void restart_sessions();
  void rebalance() noexcept { rebalance_ = true; }
  void set_partitions(std::int32_t partitions);

 private:
  struct Member {
    std::string instance;
    MonoTime heard{};
    MonoTime learns_at{};
    std::uint64_t last_request = 0;
    std::set<std::int32_t> owned;
    /// The partitions among those that the member must release.
    std::set<std::int32_t> revoked;
    std::vector<GroupEvent> events;
    std::uint64_t last_event = 0;
  };

  [[nodiscard]] Response join(Request const& request);
  [[nodiscard]] Response heartbeat(Request const& request);
  void share_partitions();
  void add_event(Member& member, sink::GroupChange::Kind kind,
                 std::vector<std::int32_t> partitions);

  std::int32_t partitions_;
  Rng rng_;
  MonoTime now_{};
  std::map<std::string, Member> members_;
  /// Members whose instance has joined again, or that left.
  std::set<std::string> fenced_;
  std::uint64_t generation_ = 0;
  bool rebalance_ = false;
};

}  // namespace k2::simulation::kafka
