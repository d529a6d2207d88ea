// A simulated world of several processes that share a topic: a model of Kafka, an exchange that
// publishes, and a chaos drawn from the seed that stops, kills and continues processes, takes the
// broker away and loses its answers; then all heals and comes to rest. The same seed makes the same
// world. Throws OracleFailure when a reader of the topic would not find each trade once, in order
// but LATE, and all of them in the end; when the topic of gaps tells other than the truth about
// that; when a dead letter is not in its topic once.
#pragma once

#include "tests/simulation/clock.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/kafka/process.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

struct KafkaReport {
  std::uint64_t hash = 0;
  std::uint64_t trades = 0;
  std::uint64_t late = 0;
  std::uint64_t gap_changes = 0;
  std::uint64_t letters = 0;
  std::uint64_t faults = 0;
  std::uint64_t rebalances = 0;
};

class KafkaWorld {
 public:
  KafkaWorld(std::uint64_t seed, bool verbose);
  KafkaReport run();
  [[nodiscard]] std::deque<std::string> const& last_events() const noexcept { return log_.last(); }

 private:
  /// Runs until then, with faults or without.
  void run_until(MonoTime end, bool chaos, bool trading);
  void step(bool trading);
  void strike();
  void strike_process(KafkaProcess& process);
  void heal();
  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] std::size_t count(int topic) const;
  [[nodiscard]] std::size_t count_absent_told() const;
  void check(KafkaReport& report) const;
  void check_partition(std::int32_t partition, KafkaReport& report,
                       std::map<std::string, std::set<std::uint64_t>>& seen) const;
  void check_gaps(std::int32_t partition, KafkaReport& report) const;
  void check_letters(KafkaReport& report) const;
  void later(milliseconds delay, std::function<void()> what);

  Clock clock_;
  EventLog log_;
  Rng rng_;
  Published published_;
  /// Without, each promise is that of at least once: all is there.
  bool transactions_ = true;
  Broker broker_;
  std::vector<KafkaProcess> processes_;
  struct Later {
    MonoTime when;
    std::function<void()> what;
  };
  std::vector<Later> later_;
  std::uint64_t faults_ = 0;
};

}  // namespace k2::simulation::kafka
