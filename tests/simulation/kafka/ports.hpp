// The ports of the delivery driver, implemented by the simulated cluster and an in-memory journal.
// They perform requests and report their outcome; every decision is the driver's.
#pragma once

#include "sink/delivery_ports.hpp"
#include "tests/simulation/kafka/member.hpp"
#include "tests/simulation/kafka/positions_reader.hpp"
#include "tests/simulation/kafka/producer.hpp"
#include "tests/simulation/kafka/recorder.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

/// The surroundings of a process, which live as long as the world.
struct PortContext {
  std::string name;
  /// The place of the process in the network.
  int process = 0;
  std::int32_t partitions = 1;
  bool transactions = true;
  Network& network;
  Cluster& cluster;
  Recorder& recorder;
  /// Numbers the transactions of all producers.
  std::uint64_t& transaction_count;
  /// Makes the names of members unique.
  std::uint64_t& life;
};

class SimulatedJournal final : public sink::JournalPort {
 public:
  explicit SimulatedJournal(PortContext const& context) : recorder_(context.recorder) {}

  [[nodiscard]] Result<sink::JournalFacts> facts() override { return recorder_.facts(); }
  [[nodiscard]] Result<void> seek(std::uint64_t sequence) override;
  [[nodiscard]] Result<bool> next(sink::JournalRecord& out) override;
  [[nodiscard]] Result<std::vector<std::int32_t>> refuted_hints(
      std::span<sink::JournalHint const> hints) override;
  [[nodiscard]] Result<std::vector<sink::DeclaredGap>> gaps() override { return recorder_.gaps(); }
  [[nodiscard]] Result<std::optional<std::uint64_t>> stage_dead_letters(
      std::uint64_t after) override;

  /// The numbers of the staged dead letters: first and last, or an empty range.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> staged() const { return staged_; }

 private:
  static constexpr std::uint64_t kStagedMax = 100;

  Recorder& recorder_;
  std::uint64_t next_ = 1;
  RecordedTrade current_;
  std::pair<std::uint64_t, std::uint64_t> staged_{1, 0};
};

class SimulatedGroup final : public sink::GroupPort {
 public:
  SimulatedGroup(PortContext const& context, Rng rng) : context_(context), rng_(rng) {}

  [[nodiscard]] Result<void> join() override;
  [[nodiscard]] Result<void> poll(milliseconds patience,
                                  std::vector<sink::GroupChange>& out) override;
  [[nodiscard]] bool is_over() const override { return !member_ || member_->is_over(); }
  [[nodiscard]] Result<sink::GroupTransactions> transactions(
      std::set<std::int32_t> const& partitions) override;

  void tick(bool muted);
  void leave();
  [[nodiscard]] MemberIdentity identity() const;

 private:
  PortContext const& context_;
  Rng rng_;
  std::unique_ptr<Member> member_;
};

/// Transactions in the names of journals, each of which touches every partition and is aborted.
struct Sweep {
  enum class Stage : std::uint8_t { kInit, kOffsets, kFlush, kAbort };
  std::vector<std::string> journals;
  std::unique_ptr<Producer> producer;
  Stage stage = Stage::kInit;
  std::optional<Error> failure;
};

class SimulatedTransactions final : public sink::TransactionPort {
 public:
  SimulatedTransactions(PortContext const& context, SimulatedJournal const& journal,
                        SimulatedGroup const& group, Rng rng)
      : context_(context), journal_(journal), group_(group), rng_(rng) {}

  [[nodiscard]] Result<sink::Progress> open() override;
  void close() override;
  [[nodiscard]] Result<void> begin() override;
  [[nodiscard]] Result<void> produce(sink::JournalRecord const& record, bool mark_late) override;
  [[nodiscard]] Result<void> produce_gaps(std::span<sink::DeclaredGap const> gaps) override;
  [[nodiscard]] Result<void> produce_dead_letters() override;
  [[nodiscard]] Result<void> produce_positions(
      std::span<sink::MovedPosition const> moved, std::optional<std::uint64_t> dead_letters,
      std::span<sink::HangingNote const> compared) override;
  [[nodiscard]] Result<sink::Progress> send_offsets(
      std::span<std::int32_t const> partitions) override;
  [[nodiscard]] Result<sink::Progress> flush() override;
  [[nodiscard]] Result<sink::Progress> commit() override;
  [[nodiscard]] Result<sink::Progress> abort() override;
  [[nodiscard]] bool can_abort() const override;
  [[nodiscard]] bool is_ambiguous() override { return producer_ && producer_->is_ambiguous(); }
  [[nodiscard]] Result<sink::Progress> write_notes(
      std::span<sink::HangingNote const> notes) override;
  [[nodiscard]] Result<sink::Progress> abort_hanging(
      std::set<std::string> const& journals) override;

  void tick();

 private:
  [[nodiscard]] Result<void> ensure_topics() const;
  [[nodiscard]] bool is_registered() const;
  [[nodiscard]] Result<sink::Progress> register_journal();
  [[nodiscard]] std::unique_ptr<Producer> make_producer(std::string transactional_id);
  [[nodiscard]] Result<void> produce(int topic, std::int32_t partition, std::string key,
                                     std::string value);
  [[nodiscard]] Result<sink::Progress> continue_sweep();
  [[nodiscard]] Result<void> touch_everything();

  PortContext const& context_;
  SimulatedJournal const& journal_;
  SimulatedGroup const& group_;
  Rng rng_;
  /// Writes the registration of the journal, while there is none.
  std::unique_ptr<Producer> registration_;
  bool registration_queued_ = false;
  std::unique_ptr<Producer> producer_;
  std::optional<Sweep> sweep_;
  /// Writes notes, without transactions.
  std::unique_ptr<Producer> notes_;
  bool is_noted_ = false;
};

class SimulatedPositions final : public sink::PositionsPort {
 public:
  SimulatedPositions(PortContext const& context, Rng rng) : context_(context), rng_(rng) {}

  [[nodiscard]] Result<sink::Progress> open(std::set<std::int32_t> const& partitions,
                                            sink::ReadEnd end) override;
  [[nodiscard]] Result<sink::PositionRead> read(sink::PositionRecord& out) override;
  [[nodiscard]] std::int64_t end_of(std::int32_t partition) const override {
    return reader_->end_of(partition);
  }
  [[nodiscard]] Result<sink::Progress> find_ends(std::span<sink::TopicPlace> places) override;
  [[nodiscard]] Result<sink::Progress> find_stable_ends(
      std::span<sink::TopicPlace> places) override;
  [[nodiscard]] Result<void> check(std::set<std::int32_t> const& used,
                                   sink::PositionBook const& book) override;
  void close() override { reader_.reset(); }

  void tick() {
    if (reader_) reader_->tick();
  }

 private:
  PortContext const& context_;
  Rng rng_;
  std::unique_ptr<PositionsReader> reader_;
};

/// Reads trades from the cluster's logs, while the leader of the partition can be reached. The
/// exchange's times are not modelled: every trade may be as old as the topic.
class SimulatedTrades final : public sink::TradesPort {
 public:
  explicit SimulatedTrades(PortContext const& context) : context_(context) {}

  [[nodiscard]] Result<sink::Progress> open_held(std::int32_t partition,
                                                 std::int64_t from) override;
  [[nodiscard]] Result<sink::Progress> open_committed(std::int32_t partition,
                                                      UtcTime since) override;
  [[nodiscard]] Result<sink::PositionRead> read(sink::TopicTrade& out) override;
  void close() override {}
  [[nodiscard]] Result<sink::Progress> find_time(sink::TopicPlace const& place,
                                                 UtcTime& out) override;

 private:
  void open(std::int32_t partition, PartitionLog::Offset from, bool committed);
  [[nodiscard]] bool can_read(Place place) const;

  PortContext const& context_;
  Place place_;
  PartitionLog::Offset next_ = 0;
  PartitionLog::Offset end_ = 0;
  bool committed_ = false;
};

/// All ports of one process.
class SimulatedPorts {
 public:
  SimulatedPorts(PortContext const& context, Rng rng);

  void tick(bool muted);
  [[nodiscard]] sink::DeliveryPorts ports() {
    return {journal_, transactions_, group_, positions_, trades_};
  }
  void leave() { group_.leave(); }

 private:
  SimulatedJournal journal_;
  SimulatedGroup group_;
  SimulatedTransactions transactions_;
  SimulatedPositions positions_;
  SimulatedTrades trades_;
};

}  // namespace k2::simulation::kafka
