// One line of a recording in any format: `<receive time> <frame>`, a bare frame, the lines of
// cryptofeed's recorder, or a row of the official trades CSV. Pure.
#pragma once

#include "tools/sim/publication.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace k2::sim {

/// The contents of a line.
enum class LineKind : std::uint8_t {
  /// A frame of a combined stream: stream and data are set.
  kCombined,
  /// A row of a trades CSV: `data` is the row.
  kTradeRow,
  /// Nothing to publish: headers, REST answers, snapshots without an envelope, empty lines.
  kNothing,
};

struct RecordedLine {
  LineKind kind = LineKind::kNothing;
  /// The recorder's time, when the line has one.
  std::optional<RecordTime> at;
  std::string_view stream;
  std::string_view data;
};

/// Takes a line apart; its texts are views into it.
[[nodiscard]] RecordedLine parse_recorded_line(std::string_view line) noexcept;

/// The event time `E` of a frame's data as it is written, when it has one.
[[nodiscard]] std::optional<std::int64_t> event_number(std::string_view data) noexcept;

}  // namespace k2::sim
