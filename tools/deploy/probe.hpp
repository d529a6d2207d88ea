// A probe of a stream, from its own status, and the problems of green in it. Lost and duplicated
// trades are decided by ids elsewhere: probes only find problems early. Pure.
#pragma once

#include "core/result.hpp"
#include "tools/deploy/settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::deploy {

/// Counters count since the stream's start.
struct Probe {
  std::string version{};
  /// Units: seconds since 1970.
  double started_at = 0;
  /// The reason why it is not ready; empty when it is.
  std::string unready{};
  std::uint64_t accepted = 0;
  double per_second = 0;
  std::uint64_t backfilled = 0;
  std::uint64_t holes = 0;
  std::uint64_t gaps_declared = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t minutes_incomplete = 0;
  std::uint64_t journal_waiting = 0;
  bool journal_failing = false;
  /// The lag of delivery into Kafka; empty without Kafka.
  std::optional<double> lag_s{};
  std::uint64_t lag_records = 0;
  int owned_partitions = 0;
  std::uint64_t rss_bytes = 0;

  [[nodiscard]] double rss_mb() const { return static_cast<double>(rss_bytes) / (1 << 20); }
  friend bool operator==(Probe const&, Probe const&) = default;
};

/// Errors: kJsonSyntax, kFieldMissing when it is not the status of a `k2 stream`.
[[nodiscard]] Result<Probe> read_probe(std::string_view status);
/// "1000/s, 24.1 MB, owns 6 partitions, 0.1 s behind".
[[nodiscard]] std::string probe_text(Probe const& probe);

/// The observation of one side.
struct SideStatus {
  bool running = false;
  std::optional<Probe> probe;
  /// The reason why there is no probe.
  std::string trouble;
};

/// Returns true if it is ready, nothing is missing, and it is not behind.
[[nodiscard]] bool healthy(Probe const& probe, Limits const& limits);
/// Returns true if it delivers every partition.
[[nodiscard]] bool fully_assigned(Probe const& probe, Topic const& topic);

/// The problems of green.
struct Problems {
  /// Each causes a rollback.
  std::vector<std::string> hard;
  /// Each causes a rollback when it lasts, by a name that stays the same.
  std::map<std::string, std::string> soft;
};

/// Returns the problems of green, compared with its own first probe in dual operation. `growth_mb`
/// is the growth of its memory since it settled.
[[nodiscard]] Problems problems(Probe const& now, Probe const& first, double growth_mb,
                                Limits const& limits);

}  // namespace k2::deploy
