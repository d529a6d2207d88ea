// The time of a simulated world: a clock of deadlines that only moves forwards, and a calendar
// beside it that may be stepped. Nothing in a world reads any other clock. One thread.
#pragma once

#include "core/time.hpp"

#include <chrono>

namespace k2::simulation {

struct Clock {
  /// Where every world begins. Units: 2024-08-08T00:00Z.
  static constexpr UtcTime kBegin{std::chrono::seconds{1'723'075'200}};

  MonoTime mono{};
  /// By how much this machine's calendar is wrong.
  std::chrono::microseconds step{};

  /// What the process under test is told.
  [[nodiscard]] Now now() const { return {mono, true_utc() + step}; }
  /// What the exchange is told.
  [[nodiscard]] Now exchange() const { return {mono, true_utc()}; }

 private:
  [[nodiscard]] UtcTime true_utc() const {
    return kBegin + std::chrono::floor<std::chrono::microseconds>(mono.time_since_epoch());
  }
};

}  // namespace k2::simulation
