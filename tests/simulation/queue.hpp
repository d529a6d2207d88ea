// The pending events of a simulated world, in a stable order: by time, and then by when they were
// scheduled. Running one event moves the clock to it. One thread.
#pragma once

#include "tests/simulation/clock.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace k2::simulation {

class Queue {
 public:
  /// Chosen: far beyond what any instant of a world holds; more is a machine that spins.
  static constexpr std::uint64_t kSameInstantMax = 200'000;

  explicit Queue(Clock& clock) : clock_(clock) {}

  /// Does `what` at that time, or now when the time has passed.
  void at(MonoTime when, std::function<void()> what);
  /// Runs all that is due until then, and leaves the clock there.
  /// Throws OracleFailure when time does not advance.
  void run_until(MonoTime end);
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

 private:
  struct Event {
    MonoTime when;
    std::uint64_t serial;
    std::function<void()> what;
  };
  struct Later {
    bool operator()(Event const& left, Event const& right) const {
      return left.when != right.when ? left.when > right.when : left.serial > right.serial;
    }
  };

  Clock& clock_;
  std::vector<Event> heap_;
  std::uint64_t serial_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace k2::simulation
