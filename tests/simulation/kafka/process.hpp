// One process of the group in a simulated world: the product's sink::Delivery, and around it what
// io/kafka_follower does with a real broker, one request a step, so that anything may happen
// between two of them. Its journal is a list of records that a simple recorder fills from what the
// exchange published; where a tape goes on after a change of owner is the product's (shard/resume).
#pragma once

#include "core/rng.hpp"
#include "shard/shard.hpp"
#include "sink/delivery.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/kafka/broker.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

/// What the exchange published of a symbol: ids 1..last, but for those that it lacks itself.
struct Publication {
  std::uint64_t last = 0;
  std::set<std::uint64_t> absent{};
};
using Published = std::map<std::string, Publication>;

struct JournalRecord {
  std::string symbol;
  std::uint64_t id = 0;
  bool late = false;
};

struct KafkaProcessOptions {
  std::int32_t partitions = 1;
  sink::Standby standby = sink::Standby::kCold;
  /// Exactly once; at least once without.
  bool transactions = true;
};

class KafkaProcess {
 public:
  KafkaProcess(std::string name, KafkaProcessOptions options, Broker& broker,
               Published const& published, EventLog& log, Rng rng);

  /// Does what is due.
  void step(MonoTime now);

  void start(MonoTime now);
  /// Dies at once; what it recorded stays, but for the newest `lost` records.
  void kill(std::size_t lost);
  /// Leaves the group and ends, as soon as no transaction is open.
  void stop(bool wanted = true) noexcept { stopping_ = wanted; }
  /// SIGSTOP until then.
  void freeze_until(MonoTime when) { frozen_until_ = when; }
  /// The group hears nothing of it until then, while all else works.
  void mute_until(MonoTime when) { mute_until_ = when; }
  /// Nothing is to be had over REST: holes are declared and stay.
  void set_rest(bool works) noexcept { rest_ = works; }
  [[nodiscard]] bool is_running() const noexcept { return delivery_.has_value(); }
  [[nodiscard]] sink::Delivery const& delivery() const { return *delivery_; }
  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  /// How many dead letters its journal has, numbered from 1.
  [[nodiscard]] std::uint64_t letters() const noexcept { return letters_; }

 private:
  enum class Phase : std::uint8_t { kIdle, kProduce, kPositions, kVouch, kEnd };
  struct Tape {
    bool carried = false;
    std::optional<std::uint64_t> last;
    std::vector<IdRange> open_gaps;
    std::vector<IdRange> elsewhere;
    std::vector<IdRange> venue;
  };

  void heartbeat();
  void hear_group();
  void load();
  void begin_sweep();
  void sweep();
  void record();
  void record_one(std::string const& symbol, Tape& tape, Publication const& published);
  void repair_one(std::string const& symbol, Tape& tape, Publication const& published);
  void declare(std::string const& symbol, IdRange range, GapState state);
  void apply(sink::Recording recording);
  void read();
  [[nodiscard]] bool begin();
  [[nodiscard]] bool put(int topic, std::int32_t partition, std::string key, std::string value);
  void gather();
  void produce_positions();
  [[nodiscard]] bool produce_gaps();
  [[nodiscard]] bool produce_letters();
  void vouch();
  void end();
  void abort();
  void fail(char const* why);
  void refused(bool fenced);
  void rebuild_tables();
  [[nodiscard]] sink::JournalFacts facts() const;
  void apply_own_positions();
  [[nodiscard]] std::int32_t letter_partition() const;

  std::string name_;
  std::int32_t partitions_;
  sink::Standby standby_;
  bool transactions_;
  Broker& broker_;
  Published const& published_;
  EventLog& log_;
  Rng rng_;
  MonoTime now_{};
  MonoTime frozen_until_{};
  MonoTime mute_until_{};
  MonoTime busy_until_{};
  MonoTime beat_at_{};
  bool rest_ = true;
  bool stopping_ = false;

  // What survives a kill.
  std::vector<JournalRecord> journal_;
  std::map<std::string, Tape> tapes_;
  struct Declared {
    /// How many records the journal held.
    std::size_t size = 0;
    sink::DeclaredGap gap;
  };
  std::vector<Declared> declared_;
  std::uint64_t letters_ = 0;

  // A life.
  std::uint64_t lives_ = 0;
  std::string member_;
  bool joined_ = false;
  /// The group has gone on without it, which it has not heard yet.
  bool out_ = false;
  std::uint64_t generation_ = 0;
  std::vector<GroupEvent> events_;
  std::optional<sink::Delivery> delivery_;
  std::uint64_t epoch_ = 0;
  /// Of the broker's connections, how many breaks have been followed by a look at the topic.
  std::uint64_t breaks_seen_ = 0;
  bool open_ = false;
  Phase phase_ = Phase::kIdle;
  MonoTime commit_at_{};
  std::vector<sink::MovedPosition> moved_;
  std::vector<sink::GapChange> changes_;
  std::uint64_t ticket_ = 0;
  bool reading_ = false;
  /// In whose names a sweep has still to be done.
  std::set<std::string> to_sweep_;
  /// By topic and partition.
  std::map<std::pair<int, std::int32_t>, std::size_t> ends_;
};

}  // namespace k2::simulation::kafka
