// The plan of a soak test: its duration, and every period of the system, divided by --compress so
// that a day's events pass in minutes. Pure: `system` is the time that the service under test would
// see,
// `run` the time that passes here; run = system / compress.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace k2::soak {

using Span = std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

/// The periods that compression divides.
struct Periods {
  Span rotation = std::chrono::hours{4};
  Span ping = std::chrono::seconds{180};
  Span ping_timeout = std::chrono::seconds{10};
  Span health_check = std::chrono::seconds{30};
  /// Interval of the stream's own leak score.
  Span memory_sample = std::chrono::seconds{30};
  /// Interval of the soak test's samples.
  Span sample = std::chrono::seconds{60};
  /// The exchange ends connections of this age.
  Span exchange_cut = std::chrono::hours{24};
};

/// A period as it is in the system and as it is in this run.
struct PeriodLine {
  std::string_view name;
  Span system{};
  Span run{};
  /// Below its floor it would measure this machine's scheduler: it was held there.
  bool held = false;
};

struct Plan {
  /// "24h", or the text of --duration.
  std::string profile;
  /// System time.
  Span duration{};
  double compress = 1;
  Periods system;

  [[nodiscard]] Span run_duration() const;
  /// The periods of this run.
  [[nodiscard]] Periods run() const;
  /// One line a period, in the order of Periods.
  [[nodiscard]] std::vector<PeriodLine> lines() const;
  /// Before this no memory is judged: a tenth of the duration, half an hour at most. System time.
  [[nodiscard]] Span warm_up() const;
};

/// Chosen: a wait that is shorter than this is late on a busy machine though nothing is wrong.
inline constexpr Span kTimeoutFloor = std::chrono::seconds{2};
/// Chosen: candles come each two seconds, and their connection is not silent in between.
inline constexpr Span kSilenceFloor = std::chrono::seconds{5};
/// The stream publishes its numbers once a second.
inline constexpr Span kSampleFloor = std::chrono::seconds{1};

/// The profile of that name, or any duration: "1h", "12h", "24h", "7d", "90m".
/// Errors: kConfigInvalid, also when --compress makes a period shorter than the stream takes.
[[nodiscard]] Result<Plan> make_plan(std::string_view duration, double compress,
                                     Periods const& system);

}  // namespace k2::soak
