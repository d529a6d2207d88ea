// The journal's thread and its disk in a simulated world: takes batches at the shard's door,
// commits them in groups a little later, and goes wrong on demand. A killed process loses what was
// not committed, a loss of power what was not synced.
#pragma once

#include "core/rng.hpp"
#include "sink/batch.hpp"
#include "tests/simulation/durable.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/queue.hpp"
#include "watch/snapshot.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace k2::simulation {

class Disk final : public sink::BatchDoor {
 public:
  /// The hand-over's bound is far below production's, so that it is met.
  static constexpr std::size_t kWaitingMax = 16;
  static constexpr std::size_t kGroupMax = 8;

  Disk(Clock& clock, Queue& queue, EventLog& log, Ledger const& ledger, Rng rng)
      : clock_(clock), queue_(queue), log_(log), rng_(rng), durable_(ledger), synced_(ledger) {}

  [[nodiscard]] bool try_push(sink::Batch&& batch) override;
  [[nodiscard]] sink::Batch take_emptied() override { return {}; }

  /// The process died: what waits is gone.
  void forget_waiting();
  /// The machine died: what was not synced is gone as well.
  void lose_power();
  /// Commits all that waits immediately, as a clean shutdown does.
  void drain();
  /// The operator deletes all of a symbol while no process runs.
  void forget(std::string const& symbol) {
    durable_.forget(symbol);
    synced_.forget(symbol);
  }
  /// Every commit fails until then: the disk is full, or broken.
  void fail_until(MonoTime until) { failing_until_ = until; }
  /// Every commit takes this much longer.
  void slow_down(std::chrono::nanoseconds by) { slowness_ = by; }

  [[nodiscard]] Durable const& durable() const noexcept { return durable_; }
  /// The snapshot of the journal's thread since the process started, without files and disks.
  [[nodiscard]] watch::JournalSnapshot journal() const;

 private:
  void arm();
  void commit();

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  Rng rng_;
  Durable durable_;
  Durable synced_;
  std::deque<sink::Batch> waiting_;
  MonoTime failing_until_ = MonoTime::min();
  std::chrono::nanoseconds slowness_{};
  std::uint64_t life_ = 0;  // events of an earlier life do not count
  std::uint64_t commits_ = 0;
  watch::JournalSnapshot shown_;
  bool armed_ = false;
};

}  // namespace k2::simulation
