// One look at a stream, from its own status, and what is wrong with green by it. What is decided
// about lost and doubled trades is decided by ids elsewhere: this only finds trouble early. Pure.
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
struct Look {
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
  friend bool operator==(Look const&, Look const&) = default;
};

/// Errors: kJsonSyntax, kFieldMissing when it is not the status of a `k2 stream`.
[[nodiscard]] Result<Look> read_look(std::string_view status);
/// "1000/s, 24.1 MB, owns 6 partitions, 0.1 s behind".
[[nodiscard]] std::string look_text(Look const& look);

/// The observation of one side.
struct Seen {
  bool running = false;
  std::optional<Look> look;
  /// The reason why there is no look.
  std::string trouble;
};

/// It has its feet on the ground: ready, nothing missing, not behind.
[[nodiscard]] bool stands(Look const& look, Limits const& limits);
/// It delivers everything.
[[nodiscard]] bool has_all(Look const& look, Topic const& topic);

struct Complaints {
  /// Each ends the deploy.
  std::vector<std::string> hard;
  /// Each does when it lasts, by a name that stays the same.
  std::map<std::string, std::string> soft;
};

/// Returns the problems of green, compared with its own first look in dual operation. `growth_mb`
/// is the growth of its memory since it settled.
[[nodiscard]] Complaints complaints(Look const& now, Look const& first, double growth_mb,
                                    Limits const& limits);

}  // namespace k2::deploy
