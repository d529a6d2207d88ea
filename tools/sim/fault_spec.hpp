// What may go wrong in the exchange in a box, as a user writes it down: one fault a line,
//     KIND [when] [how long] [details]
// for example `drop at-trade=10000 how=rst` or `lose every=30s frames=50`. docs/sim.md lists all
// words. Pure. A new fault is a FaultKind here and the place where it acts.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

enum class FaultKind : std::uint8_t {
  /// A connection ends without a goodbye.
  kDrop,
  /// Frames are not sent, though published.
  kLose,
  /// Frames are sent twice.
  kDuplicate,
  /// A frame is sent behind the next one.
  kReorder,
  /// REST answers nothing, or errors.
  kRestDown,
};

/// How a connection ends: `rst` or `fin`.
enum class DropKind : std::uint8_t { kReset, kEnd };

struct FaultSpec {
  FaultKind kind{};

  /// When: after so long, or after so many trades, counted from the first publication; or again
  /// and again at random with this mean distance. None of them: from the start.
  std::optional<std::chrono::nanoseconds> at;
  std::optional<std::uint64_t> at_trade;
  std::optional<std::chrono::nanoseconds> every;
  std::optional<std::uint64_t> every_trades;

  /// How long: a span of time, or a number of frames. None of them: one frame, or for ever when a
  /// probability is given or the fault is one of REST.
  std::optional<std::chrono::nanoseconds> length;
  std::optional<std::uint64_t> frames;

  /// Of the frames within that, each is hit with this probability.
  std::optional<double> probability;
  /// Only this stream; empty for all.
  std::string stream;
  /// Only one connection, chosen at random, instead of all.
  bool one_session = false;
  DropKind how = DropKind::kReset;
  /// The HTTP status that REST answers while down; 0 cuts its connections.
  unsigned status = 0;
};

/// Reads one fault; words are separated by blanks or commas.
/// Errors: kConfigInvalid, naming the word and what is allowed.
[[nodiscard]] Result<FaultSpec> parse_fault(std::string_view text);

/// Reads a timetable: one fault a line; empty lines and what follows a # are skipped.
/// Errors: kConfigInvalid, naming the line.
[[nodiscard]] Result<std::vector<FaultSpec>> parse_faults(std::string_view text);

/// Reads a span like 250ms, 30s, 5m, 1.5h.
/// Errors: kConfigInvalid.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_span(std::string_view text);

}  // namespace k2::sim
