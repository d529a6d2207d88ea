// A model of a Kafka cluster of three brokers, as K2 needs it: replicated partitions whose leaders
// move, transactions and their coordinators, a consumer group and its coordinator, and the checks
// and error codes with which brokers answer. It is as unkind as real clusters are: brokers die and
// freeze, leaders and coordinators move, in-sync replicas shrink, an unclean election loses what
// was acknowledged, topics get more partitions or are deleted. One virtual clock; one Rng tree.
#pragma once

#include "core/rng.hpp"
#include "tests/simulation/kafka/behaviour.hpp"
#include "tests/simulation/kafka/group_coordinator.hpp"
#include "tests/simulation/kafka/network.hpp"
#include "tests/simulation/kafka/partition_log.hpp"
#include "tests/simulation/kafka/protocol.hpp"
#include "tests/simulation/kafka/transaction_coordinator.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

struct ClusterOptions {
  std::int32_t partitions = 1;
  /// Brokers check with the coordinator that a partition belongs to the transaction before its
  /// first record is appended. Source: KIP-890, Apache Kafka 3.6 and newer.
  bool verify_transactions = true;
  /// The behaviours whose classes of errors the cluster itself needs to know.
  Behaviours behaviours{};
};

/// The view of the cluster that a client reads from metadata.
struct ClusterView {
  std::array<std::int8_t, kPlaces> leaders{};
  std::array<std::int8_t, TransactionCoordinator::kSlots> transaction_coordinators{};
  std::array<bool, kTopics> has_topic{};
};

/// Acknowledged records that an unclean election lost, or that were not visible yet when their
/// topic was deleted.
struct LostRecords {
  Place place;
  std::vector<PartitionLog::Entry> entries;
};

class Cluster {
 public:
  using Reply = std::function<void(Response)>;
  /// Fewer in-sync replicas than this take no records.
  static constexpr int kMinInSync = 2;
  static constexpr milliseconds kLongOpen{15'000};

  Cluster(ClusterOptions options, Network& network, Rng rng);

  /// Performs a request that has arrived at a broker.
  void handle(int broker, Request const& request, Reply const& reply);
  void tick(MonoTime now);
  [[nodiscard]] ClusterView view() const;

  // Faults.
  /// A broker dies, or starts again; its partitions and coordinators move.
  void set_down(int broker, bool down);
  /// Freezes a broker until then; the others continue without it.
  void freeze(int broker, milliseconds time);
  [[nodiscard]] bool is_away(int broker) const;
  /// Elects another in-sync replica; without leader for so long.
  void move_leader(Place place, milliseconds leaderless);
  void move_transaction_coordinator(std::size_t slot, milliseconds load);
  void move_group_coordinator(milliseconds load);
  /// Followers fall behind until then: nothing new is replicated, then they leave the replicas.
  void shrink_in_sync(Place place, milliseconds time);
  /// Elects a replica that lacks the last records, acknowledged ones among them.
  void elect_unclean(Place place, std::size_t lost);
  void add_partitions(int topic, std::int32_t partitions);
  void delete_topic(int topic);
  void create_topic(int topic, std::int32_t partitions);
  void set_forgotten(Forgotten forgotten) noexcept { transactions_.set_forgotten(forgotten); }
  /// The share of requests that brokers answer with one of the documented error codes.
  void set_errors(double share) noexcept { errors_ = share; }
  void rebalance() noexcept { group_.rebalance(); }
  /// Ends every fault but what is gone for good.
  void heal();

  // Observation, for the oracles and for reads of a log that take no time.
  [[nodiscard]] PartitionLog const& log(Place place) const {
    return partitions_[place.index()].log;
  }
  [[nodiscard]] PartitionLog::Compacted const& compacted(Place place) {
    return partitions_[place.index()].log.compacted();
  }
  [[nodiscard]] bool exists(Place place) const { return partitions_[place.index()].exists; }
  [[nodiscard]] std::int32_t partitions(int topic) const;
  /// True when something was ever written into the topic.
  [[nodiscard]] bool is_used(int topic) const;
  [[nodiscard]] int leader(Place place) const { return partitions_[place.index()].leader; }
  /// True when the group's coordinator could answer a client now.
  [[nodiscard]] bool group_answers() const;
  /// True while a transaction that committed offsets of these partitions may still commit.
  [[nodiscard]] bool has_open_offsets(std::set<std::int32_t> const& partitions) const;
  [[nodiscard]] std::vector<LostRecords> const& lost_records() const noexcept { return lost_; }
  /// Returns the partitions in which a commit was forgotten that other partitions know.
  [[nodiscard]] std::set<std::int32_t> const& partly_committed() const noexcept {
    return transactions_.partly_committed();
  }
  /// Counts the commits that some partitions learned of and others did not.
  [[nodiscard]] std::uint64_t forgotten_commits() const noexcept {
    return transactions_.forgotten_commits();
  }
  /// The time at which a transaction was last seen hanging, or open for longer than kLongOpen.
  [[nodiscard]] MonoTime last_hanging() const noexcept { return last_hanging_; }
  [[nodiscard]] bool has(Behaviour behaviour) const { return options_.behaviours.has(behaviour); }
  [[nodiscard]] std::uint64_t injected_errors() const noexcept { return injected_; }

 private:
  struct Partition {
    bool exists = false;
    int leader = -1;
    std::set<int> in_sync;
    PartitionLog log;
    /// Replicas copy nothing until then.
    MonoTime stalled_until{};
    /// Counts leaders: what was due under an earlier one is void.
    std::uint64_t leaders = 0;
  };

  [[nodiscard]] Partition& at(Place place) { return partitions_[place.index()]; }
  void create(Place place);
  void produce(int broker, Request const& request, Reply const& reply);
  void list_offsets(int broker, Request const& request, Reply const& reply);
  void commit_offsets(int broker, Request const& request, Reply const& reply);
  [[nodiscard]] bool inject(Request const& request, Reply const& reply);
  [[nodiscard]] ErrorCode verify(Request const& request, Batch const& batch) const;
  [[nodiscard]] ErrorCode check_leader(int broker, Place place) const;
  void write_marker(Place place, std::int64_t producer, std::int32_t epoch, bool commit,
                    std::function<void(ErrorCode)> done);
  void replicate_later(Place place);
  void replicate(Place place);
  [[nodiscard]] bool replicates(Partition const& partition) const;
  void elect(Place place);
  void leave_broker(int broker);
  void return_broker(int broker);
  [[nodiscard]] int random_broker();
  void look_for_hanging();
  void for_each_place(std::function<void(Place)> const& action);

  ClusterOptions options_;
  Network& network_;
  Rng rng_;
  TransactionCoordinator transactions_;
  GroupCoordinator group_;
  std::array<Partition, kPlaces> partitions_;
  MonoTime group_loaded_at_{};
  std::array<bool, kBrokers> down_{};
  std::array<MonoTime, kBrokers> frozen_until_{};
  double errors_ = 0;
  std::uint64_t injected_ = 0;
  std::vector<LostRecords> lost_;
  MonoTime look_at_{};
  MonoTime last_hanging_ = MonoTime::min();
};

/// Encodes the partitions of committed offsets as the value of a record, for the group's log.
[[nodiscard]] std::string offsets_value(std::vector<std::int32_t> const& partitions);

}  // namespace k2::simulation::kafka
