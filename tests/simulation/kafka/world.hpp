// A simulated world of several processes that share a topic: a Kafka cluster behind a bad network,
// an exchange that publishes, and faults drawn from the seed in processes, brokers and connections;
// then everything heals and comes to rest. The same seed makes the same world. Throws OracleFailure
// when a promise is broken (oracles.hpp).
#pragma once

#include "tests/simulation/clock.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/kafka/behaviour.hpp"
#include "tests/simulation/kafka/oracles.hpp"
#include "tests/simulation/kafka/process.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

struct KafkaReport {
  std::uint64_t hash = 0;
  OracleCounts counts{};
  std::uint64_t faults = 0;
  std::uint64_t rebalances = 0;
  std::uint64_t replaced_producers = 0;
  std::uint64_t errors = 0;
  /// Records that unclean elections lost after they were acknowledged.
  std::uint64_t lost_records = 0;
  /// Commits that some partitions learned of and others did not.
  std::uint64_t partial_commits = 0;
  /// Ids that the topic lacked and no journal held, and that were fetched again.
  std::uint64_t reopened = 0;
};

/// The faults of the journal of a process, besides the loss of its newest records.
enum class JournalFault : std::uint8_t {
  /// The data directory is lost while no broker answers, and the process starts with a new one.
  kReplaced,
  /// A block fails its checksum.
  kDamaged,
  /// The oldest blocks are deleted at journal.max_bytes.
  kRetired,
};

class KafkaWorld {
 public:
  /// Creates a world. `only` draws more of this fault of journals, and no other ones.
  KafkaWorld(std::uint64_t seed, bool verbose, Behaviours behaviours = {},
             std::optional<JournalFault> only = std::nullopt);
  KafkaReport run();
  [[nodiscard]] std::deque<std::string> const& last_events() const noexcept { return log_.last(); }

 private:
  /// The properties that are drawn once for a world.
  struct Plan {
    /// Without, each promise is that of at least once.
    bool transactions = true;
    /// One broker loses what was acknowledged.
    bool unclean = false;
    bool verify_transactions = true;
    /// The share of steps with a fault.
    double faults = 0.003;
    /// The topic that somebody deletes, and when.
    std::optional<int> deleted_topic;
    MonoTime deleted_at{};
  };

  [[nodiscard]] static Plan draw_plan(Rng& rng, Behaviours behaviours);
  [[nodiscard]] bool has(Behaviour behaviour) const { return cluster_.has(behaviour); }
  /// Runs until then, with faults or without.
  void run_until(MonoTime end, bool chaos, bool trading);
  void step(bool trading);
  void publish();
  [[nodiscard]] std::map<std::string, std::uint64_t> dead_letters() const;

  // Faults.
  void strike();
  void strike_network();
  void strike_broker();
  void strike_leaders();
  void strike_cluster();
  void strike_coordinators(milliseconds time);
  void strike_process(Process& process);
  void strike_journal(Process& process);
  void lose_journal(Process& process);
  void replace_journal(Process& process);
  void break_often(milliseconds time);
  void stall_and_break(int client, int broker);
  void break_after_commit_request();
  void add_partition();
  void delete_topic();
  void create_topic_again();
  void check_refusal() const;
  void forget_markers();
  void forget_some_markers();
  void await_forgotten(std::uint64_t before, MonoTime until);
  void lose_acknowledged();
  void heal();
  [[nodiscard]] Place random_place();
  [[nodiscard]] int random_client();
  [[nodiscard]] milliseconds up_to(std::uint64_t most) { return milliseconds{rng_.below(most)}; }
  [[nodiscard]] Process& random_process() { return *processes_[rng_.below(processes_.size())]; }

  Clock clock_;
  EventLog log_;
  Rng rng_;
  Plan plan_;
  std::optional<JournalFault> only_;
  /// Counts journals that were replaced.
  int lost_journals_ = 0;
  Published published_;
  Network network_;
  Cluster cluster_;
  std::uint64_t transaction_count_ = 0;
  std::vector<std::unique_ptr<Process>> processes_;
  Oracles oracles_;
  MonoTime break_until_{};
  /// Faults that were to end later are void once everything has healed.
  bool healed_ = false;
  std::uint64_t faults_ = 0;

  /// Performs the end of a fault, unless everything has healed by then.
  void later(milliseconds delay, std::function<void()> action);
};

}  // namespace k2::simulation::kafka
