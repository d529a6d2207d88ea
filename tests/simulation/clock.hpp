// The time of a simulated world: a clock of deadlines that only moves forwards, and a calendar
// beside it that may be stepped. Nothing in a world reads any other clock. One thread.
#pragma once

#include "core/time.hpp"

#include <chrono>

namespace k2::simulation {

struct Clock {
  /// The start of every world. Units: 2024-08-08T00:00Z.
  static constexpr UtcTime kBegin{std::chrono::seconds{1'723'075'200}};

  MonoTime mono{};
  /// The error of this machine's calendar.
  std::chrono::microseconds step{};

  /// The time that the process under test gets.
  [[nodiscard]] Now now() const { return {mono, true_utc() + step}; }
  /// The time that the exchange gets.
  [[nodiscard]] Now exchange() const { return {mono, true_utc()}; }

 private:
  [[nodiscard]] UtcTime true_utc() const {
    return kBegin + std::chrono::floor<std::chrono::microseconds>(mono.time_since_epoch());
  }
};

}  // namespace k2::simulation
