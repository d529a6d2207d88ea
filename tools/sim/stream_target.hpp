// The parts of a WebSocket connection's URL: raw or combined, the streams, the time unit. Pure.
#pragma once

#include "tools/sim/publication.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

struct StreamTarget {
  /// Events come wrapped in {"stream":..,"data":..}; the default of /stream.
  bool combined = false;
  TimeUnit unit = TimeUnit::kMillisecond;
  /// The names as written, in order, without repetition; they need not exist.
  std::vector<std::string> streams;
};

/// Reads /ws, /ws/<name>[/<name>..], /stream and /stream?streams=<name>/<name>, each with
/// timeUnit; nothing for any other path.
/// Source: the exchange's stream documentation, general information (read 2026-11-23); names that
/// are no streams are what public clients really send.
[[nodiscard]] std::optional<StreamTarget> parse_stream_target(std::string_view target);

}  // namespace k2::sim
