// The limits of `k2 check`, each with its reason: from measured values to a grade. Pure; the caller
// passes the measured values in.
#pragma once

#include "core/time.hpp"
#include "tools/check/finding.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace k2::check {

/// The exchange's clock less this machine's. Nothing is lost by a wrong clock, but latencies and
/// the times that records carry are then wrong.
[[nodiscard]] Finding judge_clock(std::chrono::milliseconds offset);

/// REST request weight of the running minute, others behind the same address included.
[[nodiscard]] Finding judge_weight(std::uint64_t used, std::uint64_t limit);

struct Disk {
  std::string path{};
  std::uint64_t free_bytes = 0;
  std::uint64_t size_bytes = 0;
  /// Rate of a sequential write, made durable at its end. Units: bytes per second.
  std::uint64_t write_rate = 0;
  /// Time until a few bytes were durable.
  std::chrono::microseconds sync{};
  /// The name of a network file system; empty for a local one.
  std::string network{};
};
[[nodiscard]] Findings judge_disk(Disk const& disk);

/// Units: file descriptors that the process may hold.
[[nodiscard]] Finding judge_open_files(std::uint64_t limit);

/// Units: bytes that one file may have; nothing: no limit.
[[nodiscard]] Finding judge_file_size(std::optional<std::uint64_t> limit);

/// Who answers at metrics.listen when it is taken: a stream of K2 by its version, nothing for
/// somebody else.
[[nodiscard]] Finding judge_taken_port(std::string const& listen,
                                       std::optional<std::string> const& version);

/// Replicas of the partitions of a topic; the smallest number of them.
struct Copies {
  std::string topic;
  int brokers = 0;
  int replicas = 0;
  int in_sync = 0;
};
[[nodiscard]] Finding judge_copies(Copies const& copies);

/// Retention of an existing topic, and the expected one; negative for no limit.
struct Retention {
  std::string topic;
  std::chrono::milliseconds kept{};
  std::chrono::milliseconds wanted{};
};
[[nodiscard]] Finding judge_retention(Retention const& retention);

/// The answer of the schema registry for the record's schema, whose name is `subject`.
struct SchemaSeen {
  std::string subject;
  std::optional<std::int32_t> id{};
  bool fits = true;
  std::string why{};
};
[[nodiscard]] Finding judge_schema(SchemaSeen const& seen);

/// One certificate of the chain that a server shows, its own first.
struct ShownCertificate {
  std::string subject;
  std::string issuer;
  UtcTime not_after{};
};
/// Judges the expiry of the chain of `host`.
[[nodiscard]] Finding judge_chain(std::string const& host, std::span<ShownCertificate const> chain,
                                  UtcTime now);

/// The observation of a connection to the exchange during a wait.
struct LineSeen {
  std::string url;
  /// "address:port TLSv1.3 ...".
  std::string description;
  /// Time until the first frame of market data; empty when none arrived.
  std::optional<std::chrono::milliseconds> first_data;
  std::chrono::milliseconds waited{};
};
[[nodiscard]] Finding judge_line(LineSeen const& seen);

}  // namespace k2::check
