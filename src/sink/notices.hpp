// The records stored beside the trades: declared gaps and dead letters. The journal keeps both in
// tables of their own, committed together with the blocks around them.
#pragma once

#include "core/gap.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::sink {

using k2::gap_state_name;
using k2::GapState;

/// A hole that is declared rather than silent. Tape and first id identify it: the same two
/// again replace the earlier notice.
struct DeclaredGap {
  /// The tape's name (tape_name()).
  std::string symbol;
  IdRange ids;
  std::string why;
  GapState state = GapState::kOpen;
  UtcTime declared_at{};

  friend bool operator==(DeclaredGap const&, DeclaredGap const&) = default;
};

/// Input that failed to parse or to fit, whole, with the reason.
struct DeadLetter {
  UtcTime received_at{};
  /// errc_name() of what was wrong, and a detail for the reader.
  std::string reason;
  std::string detail;
  std::string bytes;

  friend bool operator==(DeadLetter const&, DeadLetter const&) = default;
};

}  // namespace k2::sink
