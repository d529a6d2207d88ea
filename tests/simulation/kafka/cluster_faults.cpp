// Replication, and everything that goes wrong in the cluster.
#include "tests/simulation/kafka/cluster.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {

bool Cluster::is_away(int broker) const {
  auto const at = static_cast<std::size_t>(broker);
  return down_[at] || network_.now() < frozen_until_[at];
}

void Cluster::for_each_place(std::function<void(Place)> const& action) {
  for (int topic = 0; topic < kTopics; ++topic) {
    for (std::int32_t partition = 0; partition < kPartitionsMax; ++partition) {
      if (exists({topic, partition})) action({topic, partition});
    }
  }
}

bool Cluster::replicates(Partition const& partition) const {
  return partition.leader >= 0 && network_.now() >= partition.stalled_until &&
         std::ranges::none_of(partition.in_sync, [this](int broker) { return is_away(broker); });
}

void Cluster::replicate_later(Place place) {
  Partition const& partition = at(place);
  milliseconds const delay{rng_.chance(0.02) ? rng_.below(100) : rng_.below(3)};
  network_.later(delay, [this, place, leaders = partition.leaders, end = partition.log.end()] {
    Partition& replicated = at(place);
    if (replicated.leaders == leaders && replicates(replicated)) replicated.log.replicated(end);
  });
}

void Cluster::replicate(Place place) {
  Partition& partition = at(place);
  if (replicates(partition)) partition.log.replicated(partition.log.end());
}

/// The new leader is an in-sync replica: it has everything below the high watermark, and perhaps
/// more.
void Cluster::elect(Place place) {
  Partition& partition = at(place);
  std::vector<int> candidates;
  for (int const broker : partition.in_sync) {
    if (!is_away(broker)) candidates.push_back(broker);
  }
  ++partition.leaders;
  if (candidates.empty()) {
    partition.leader = -1;
    return;
  }
  int const former = partition.leader;
  std::erase_if(candidates, [&](int broker) { return broker == former && candidates.size() > 1; });
  partition.leader = candidates[rng_.below(candidates.size())];
  if (partition.leader != former) {
    auto const high = partition.log.high_watermark();
    (void)partition.log.elect(high + rng_.below(partition.log.end() - high + 1));
  }
  if (place == kGroupPlace) {
    group_loaded_at_ = network_.now() + milliseconds{rng_.below(300)};
    group_.restart_sessions();
  }
  replicate_later(place);
}

void Cluster::move_leader(Place place, milliseconds leaderless) {
  Partition& partition = at(place);
  if (!partition.exists || partition.leader < 0) return;
  int const former = std::exchange(partition.leader, -1);
  auto const leaders = ++partition.leaders;
  network_.later(leaderless, [this, place, former, leaders] {
    Partition& moved = at(place);
    if (!moved.exists || moved.leaders != leaders) return;
    moved.leader = former;
    elect(place);
  });
}

void Cluster::move_transaction_coordinator(std::size_t slot, milliseconds load) {
  transactions_.move(slot, random_broker(), load);
}

void Cluster::move_group_coordinator(milliseconds load) {
  move_leader(kGroupPlace, milliseconds{0});
  group_loaded_at_ = network_.now() + load;
}

int Cluster::random_broker() {
  std::vector<int> present;
  for (int broker = 0; broker < kBrokers; ++broker) {
    if (!is_away(broker)) present.push_back(broker);
  }
  return present.empty() ? -1 : present[rng_.below(present.size())];
}

void Cluster::set_down(int broker, bool down) {
  network_.set_down(broker, down);
  down_[static_cast<std::size_t>(broker)] = down;
  if (down) {
    leave_broker(broker);
  } else {
    return_broker(broker);
  }
}

void Cluster::freeze(int broker, milliseconds time) {
  frozen_until_[static_cast<std::size_t>(broker)] = network_.now() + time;
  network_.freeze(broker, network_.now() + time);
  leave_broker(broker);
  network_.later(time, [this, broker] {
    if (!is_away(broker)) return_broker(broker);
  });
}

/// The controller notices after a while that a broker is away, and elects other leaders.
void Cluster::leave_broker(int broker) {
  network_.later(milliseconds{200 + rng_.below(2'000)}, [this, broker] {
    if (!is_away(broker)) return;
    for_each_place([&](Place place) {
      Partition& partition = at(place);
      bool const is_last = partition.in_sync.size() == 1 && partition.in_sync.contains(broker);
      if (!is_last) partition.in_sync.erase(broker);
      if (partition.leader == broker) {
        elect(place);
      } else {
        replicate(place);
      }
    });
    for (std::size_t slot = 0; slot < TransactionCoordinator::kSlots; ++slot) {
      if (transactions_.leader(slot) == broker) {
        transactions_.move(slot, random_broker(), milliseconds{rng_.below(500)});
      }
    }
  });
}

/// A broker that returns copies what it lacks, then it is in sync again.
void Cluster::return_broker(int broker) {
  group_.restart_sessions();
  network_.later(milliseconds{100 + rng_.below(2'000)}, [this, broker] {
    if (is_away(broker)) return;
    for_each_place([&](Place place) {
      Partition& partition = at(place);
      partition.in_sync.insert(broker);
      if (partition.leader < 0) elect(place);
      replicate(place);
    });
    for (std::size_t slot = 0; slot < TransactionCoordinator::kSlots; ++slot) {
      if (transactions_.leader(slot) < 0) transactions_.move(slot, broker, milliseconds{100});
    }
  });
}

void Cluster::shrink_in_sync(Place place, milliseconds time) {
  Partition& partition = at(place);
  if (!partition.exists || partition.leader < 0) return;
  partition.stalled_until = network_.now() + time;
  bool const all = rng_.chance(0.5);
  network_.later(time / 2, [this, place, all] {
    Partition& shrunk = at(place);
    if (shrunk.leader < 0) return;
    while (shrunk.in_sync.size() > (all ? 1U : 2U)) {
      auto const other =
          std::ranges::find_if(shrunk.in_sync, [&](int broker) { return broker != shrunk.leader; });
      shrunk.in_sync.erase(other);
    }
    // What is left in sync has everything: the slow followers do not count any more.
    shrunk.stalled_until = network_.now();
    replicate(place);
  });
  network_.later(time, [this, place] {
    Partition& grown = at(place);
    for (int broker = 0; broker < kBrokers; ++broker) {
      if (!is_away(broker)) grown.in_sync.insert(broker);
    }
    replicate(place);
  });
}

void Cluster::elect_unclean(Place place, std::size_t lost) {
  Partition& partition = at(place);
  if (!partition.exists || partition.leader < 0) return;
  auto const high = partition.log.high_watermark();
  ++partition.leaders;
  partition.leader = random_broker();
  auto entries = partition.log.elect(high - std::min(high, lost));
  if (!entries.empty()) lost_.push_back({place, std::move(entries)});
}

void Cluster::heal() {
  errors_ = 0;
  transactions_.set_forgotten(Forgotten::kNone);
  network_.heal();
  frozen_until_.fill(network_.now());
  for (int broker = 0; broker < kBrokers; ++broker) {
    down_[static_cast<std::size_t>(broker)] = false;
    network_.set_down(broker, false);
    return_broker(broker);
  }
}

}  // namespace k2::simulation::kafka
