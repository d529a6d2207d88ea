// One look at the stream, from /api/status and /metrics, and its line in the soak's record. Pure.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace k2::soak {

/// Counters count since the stream's start.
struct Sample {
  /// Units: seconds since 1970.
  double at = 0;
  /// Time of this run since the stream was ready. Units: seconds.
  double elapsed_s = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t vms_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  /// Computed by the stream itself, per hour of this run.
  double leak_score = 0;
  double leak_mb_per_hour = 0;
  double cpu_s = 0;
  std::uint64_t open_fds = 0;
  /// Trades that came over connections.
  std::uint64_t received = 0;
  std::uint64_t accepted = 0;
  /// Lately.
  double per_second = 0;
  std::uint64_t backfilled = 0;
  std::uint64_t duplicates = 0;
  /// Age of the oldest connection that carries trades. Units: seconds.
  double connection_age_s = 0;
  /// Open connections, and the slots in which they are: next to an old one its successor is open
  /// for some seconds.
  std::uint64_t connections = 0;
  std::uint64_t places = 0;
  std::map<std::string, std::uint64_t> rotations;
  std::map<std::string, std::uint64_t> reconnects;
  std::uint64_t pings = 0;
  std::uint64_t pong_timeouts = 0;
  double round_trip_s = 0;
  std::uint64_t holes = 0;
  std::uint64_t missing_ids = 0;
  std::uint64_t gaps_declared = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t minutes_complete = 0;
  std::uint64_t minutes_incomplete = 0;
  std::uint64_t doubled_ids = 0;
  std::uint64_t journal_waiting = 0;
  std::uint64_t journal_bytes = 0;
  /// Lag of delivery into Kafka; 0 without Kafka.
  std::uint64_t kafka_lag_records = 0;
  double kafka_lag_s = 0;
  /// 99th percentiles since the start. Units: seconds; nothing before the first trade.
  std::optional<double> p99_accepted_s;
  std::optional<double> p99_journal_s;

  [[nodiscard]] double rss_mb() const { return static_cast<double>(rss_bytes) / (1 << 20); }
  [[nodiscard]] std::uint64_t drops() const;
  [[nodiscard]] std::uint64_t rotated() const;
  [[nodiscard]] std::uint64_t shutdowns() const;
};

/// Errors: kJsonSyntax, kFieldMissing when the status is not one of `k2 stream`.
[[nodiscard]] Result<Sample> read_sample(std::string_view status, std::string_view metrics);

/// One line without a line break.
[[nodiscard]] std::string sample_line(Sample const& sample);
/// Errors: kJsonSyntax, kFieldMissing.
[[nodiscard]] Result<Sample> parse_sample(std::string_view line);

}  // namespace k2::soak
