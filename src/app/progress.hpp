// The progress line of `k2 stream` on a terminal: one line with the state of the stream. Pure
// except for show_progress, which hands the line to the log, the owner of the terminal.
#pragma once

#include "core/ring.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace k2::app {

/// The stream at one moment.
struct ProgressSnapshot {
  std::chrono::seconds running{};
  /// Accepted trades a second, lately.
  double rate = 0;
  std::uint64_t accepted = 0;
  std::uint32_t lines_live = 0;
  std::uint32_t lines_wanted = 1;
  std::uint64_t gaps_open = 0;
  std::uint64_t backfilled = 0;
  /// Accepted trades that are not durable yet.
  std::uint64_t journal_waiting = 0;
  /// The age of the newest trade when it was received; negative when the clocks disagree.
  std::chrono::milliseconds lag{};
};

/// The line, at most `columns` wide: what matters least is left out first.
[[nodiscard]] std::string format_progress(ProgressSnapshot const& snapshot, std::size_t columns);

/// "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// A count's growth per second over the last samples.
class RateMeter {
 public:
  /// Takes the count as it is now and yields the rate over the last kSamples calls.
  [[nodiscard]] double sample(std::uint64_t count, MonoTime now);

 private:
  static constexpr std::size_t kSamples = 5;
  struct Sample {
    std::uint64_t count = 0;
    MonoTime time;
  };
  Ring<Sample> samples_{kSamples};
};

/// Shows the snapshot as the terminal's last line; does nothing when stderr is not a terminal.
void show_progress(ProgressSnapshot const& snapshot);

}  // namespace k2::app
