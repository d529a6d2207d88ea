// The coordinators of transactions in a simulated cluster: their state machine as Kafka has it for
// the protocol that librdkafka speaks. EndTxn is checked by producer id and epoch only, so a late
// copy ends whichever transaction of that epoch is open when it arrives. The outcome reaches each
// partition in its own time, and may be forgotten on the way (KAFKA-20734). Coordinators move
// between brokers, and load their state then.
#pragma once

#include "core/rng.hpp"
#include "tests/simulation/kafka/network.hpp"
#include "tests/simulation/kafka/protocol.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace k2::simulation::kafka {

/// The partitions that never learn of decisions. Source: Apache Kafka 4.1 to 4.3.1, KAFKA-20734,
/// while partitions have no leader.
enum class Forgotten : std::uint8_t {
  kNone,
  kEverything,
  /// Some partitions of this topic; all others learn of the decision.
  kSomeTrades,
  kSomePositions,
};

class TransactionCoordinator {
 public:
  using Reply = std::function<void(Response)>;
  /// Writes a marker into a partition, and reports the outcome.
  using WriteMarker = std::function<void(Place, std::int64_t producer, std::int32_t epoch,
                                         bool commit, std::function<void(ErrorCode)>)>;

  /// The partitions of the topic in which coordinators keep their state.
  static constexpr std::size_t kSlots = 3;
  static constexpr milliseconds kTransactionTimeout{10'000};
  /// The time between two searches for transactions that have lasted too long.
  /// Source: Apache Kafka, transaction.abort.timed.out.transaction.cleanup.interval.ms.
  static constexpr milliseconds kTimeoutSearch{10'000};

  TransactionCoordinator(Network& network, WriteMarker write_marker, Rng rng);

  void handle(int broker, Request const& request, Reply const& reply);
  /// Time has passed: transactions that have lasted too long are aborted.
  void tick(MonoTime now);
  /// Checks that the partition belongs to the open transaction of this producer and epoch.
  [[nodiscard]] ErrorCode verify(std::string const& transactional_id, Batch const& batch) const;
  /// True while some coordinator is going to end what the producer has open in the partition.
  [[nodiscard]] bool will_end(std::int64_t producer, Place place) const;

  [[nodiscard]] std::uint64_t forgotten_commits() const noexcept { return forgotten_commits_; }

  [[nodiscard]] static std::size_t slot_of(std::string const& transactional_id);
  [[nodiscard]] int leader(std::size_t slot) const { return slots_.at(slot).leader; }
  /// Moves the coordinators of a slot to a broker; -1 for none. Changes that the old one was
  /// writing are lost or not, and the new one loads its state first.
  void move(std::size_t slot, int broker, milliseconds load);
  /// Decisions count as over although these partitions do not learn of them.
  void set_forgotten(Forgotten forgotten) noexcept { forgotten_ = forgotten; }
  /// Returns the partitions in which a commit was forgotten that other partitions know.
  [[nodiscard]] std::set<std::int32_t> const& partly_committed() const noexcept {
    return partly_committed_;
  }

 private:
  enum class State : std::uint8_t {
    kEmpty,
    kOngoing,
    kPrepareCommit,
    kPrepareAbort,
    kCompleteCommit,
    kCompleteAbort,
  };
  struct Transaction {
    std::string id;
    std::int64_t producer = -1;
    std::int32_t epoch = -1;
    /// The epoch under which a producer that requests a newer one still knows itself.
    std::int32_t last_epoch = -1;
    State state = State::kEmpty;
    std::set<Place> places;
    /// Partitions that have yet to learn of the outcome.
    std::set<Place> unmarked;
    /// Partitions that never learned of an earlier outcome in this epoch.
    std::set<Place> forgotten;
    MonoTime began{};
    /// A change that is being written; until then everything else has to wait.
    std::function<void()> change;
    Reply change_reply;
    Response change_response;
    std::uint64_t changes = 0;
  };
  struct Slot {
    int leader = 0;
    MonoTime loaded_at{};
  };

  void init_producer(Request const& request, Reply const& reply);
  void add_places(Request const& request, std::set<Place> const& places, Reply const& reply);
  void end(Request const& request, Reply const& reply);
  void write(Transaction& transaction, std::function<void()> change, Response response,
             Reply const& reply);
  void decide(Transaction& transaction, bool commit);
  void forget_places(std::set<Place>& unmarked, bool commit);
  void mark(std::string const& id, std::int64_t producer, std::int32_t epoch, Place place,
            bool commit);
  void marked(std::string const& id, std::int32_t epoch, Place place);
  [[nodiscard]] milliseconds marker_delay();
  [[nodiscard]] ErrorCode check(Request const& request, Transaction*& found);

  Network& network_;
  WriteMarker write_marker_;
  Rng rng_;
  std::array<Slot, kSlots> slots_;
  std::map<std::string, std::unique_ptr<Transaction>> transactions_;
  std::int64_t last_producer_ = 1'000;
  MonoTime search_at_{};
  Forgotten forgotten_ = Forgotten::kNone;
  std::set<std::int32_t> partly_committed_;
  std::uint64_t forgotten_commits_ = 0;
};

}  // namespace k2::simulation::kafka
