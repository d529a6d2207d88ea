// Everything that is known of a soak: what was planned, what was seen, how it ended. The verdict
// and every artifact are made of it alone. The record is a file of lines, each durable as soon as
// it is written, so that a soak that dies loses nothing it saw. Pure.
#pragma once

#include "core/result.hpp"
#include "tools/soak/plan.hpp"
#include "tools/soak/sample.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::soak {

/// An event besides samples.
struct Event {
  /// Units: seconds of this run, and seconds since 1970.
  double elapsed_s = 0;
  double at = 0;
  /// "stopped_early", "interrupted", "resumed", "stream_gone", "sample_failed", ...
  std::string what;
  std::string detail;
};

/// A process that the soak started, so that a resumed soak finds it again.
struct ChildMark {
  int pid = 0;
  /// Tells it from a later process with the same pid. Units: the kernel's clock ticks.
  std::uint64_t started_ticks = 0;
};

/// The first line of the record.
struct Setup {
  Plan plan;
  std::string version;
  /// The command line of the stream.
  std::vector<std::string> stream;
  /// The command line of the exchange simulator; empty for the live exchange.
  std::vector<std::string> exchange;
  /// Command lines of `k2 verify`, run when it ended.
  std::vector<std::vector<std::string>> verify;
  std::string admin_url;
  std::string status_url;
  ChildMark stream_process;
  std::optional<ChildMark> exchange_process;
  /// Units: seconds since 1970.
  double began_at = 0;
};

/// The result of an independent `k2 verify`.
struct Verified {
  std::string command{};
  bool clean = false;
  /// Nothing is known to be wrong, and something could not be checked.
  bool unknown = false;
  std::string verdict{};
  /// Ids that are missing in open gaps; nothing when the result does not say.
  std::optional<std::uint64_t> open_gap_ids{};
};

/// The end of the stream.
struct StreamEnd {
  /// It ended before it was stopped.
  bool crashed = false;
  /// Nothing when it is not known (a resumed soak is not its parent).
  std::optional<int> exit_code;
  std::string detail;
};

struct Record {
  Setup setup;
  std::vector<Sample> samples;
  std::vector<Event> events;
  StreamEnd end;
  std::vector<Verified> verified;
  /// The reason why it ended early; empty when it did not.
  std::string stopped_early;
  /// Units: seconds of this run.
  double elapsed_s = 0;
};

[[nodiscard]] std::string setup_line(Setup const& setup);
[[nodiscard]] std::string event_line(Event const& event);

/// Parses a soak test's file; an incomplete last line is no error, the test died while writing it.
/// Errors: kDataCorrupt with the line's number.
[[nodiscard]] Result<Record> parse_record(std::string_view text);

}  // namespace k2::soak
