// Time in types: instants of the exchange's calendar, and instants of a clock that never jumps.
// Pure folders get both as arguments; only io/clock reads a real one.
#pragma once

#include <chrono>

namespace k2 {

/// A calendar instant, UTC. Units: microseconds since 1970.
using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The clock of deadlines. It has no now(): a pure machine gets the time as an argument.
struct MonoClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};

/// An instant for deadlines and ages. Units: nanoseconds since an arbitrary start.
using MonoTime = MonoClock::time_point;

/// Both clocks at one moment, as a runner hands them to a machine.
struct Now {
  MonoTime mono;
  UtcTime utc;
};

}  // namespace k2
