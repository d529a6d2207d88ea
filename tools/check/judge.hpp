// From what was measured to how good that is: the limits of `k2 check`, each with its reason.
// Pure; whoever measures hands the numbers in.
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
  /// Of a sequential write, made durable at its end. Units: bytes a second.
  std::uint64_t write_rate = 0;
  /// Until a few bytes were durable.
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

/// How often the partitions of a topic are kept; the least of them.
struct Copies {
  std::string topic;
  int brokers = 0;
  int replicas = 0;
  int in_sync = 0;
};
[[nodiscard]] Finding judge_copies(Copies const& copies);

/// How long an existing topic keeps trades, and how long it should; negative for no limit.
struct Retention {
  std::string topic;
  std::chrono::milliseconds kept{};
  std::chrono::milliseconds wanted{};
};
[[nodiscard]] Finding judge_retention(Retention const& retention);

/// What the schema registry says of the record's schema, of which `subject` is the name.
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
/// When the chain of `host` runs out.
[[nodiscard]] Finding judge_chain(std::string const& host, std::span<ShownCertificate const> chain,
                                  UtcTime now);

/// What a connection to the exchange brought while somebody waited.
struct LineSeen {
  std::string url;
  /// "address:port TLSv1.3 ...".
  std::string description;
  /// How long until the first frame of market data; nothing when none came.
  std::optional<std::chrono::milliseconds> first_data;
  std::chrono::milliseconds waited{};
};
[[nodiscard]] Finding judge_line(LineSeen const& seen);

}  // namespace k2::check
