// A declared gap: ids that could not be fetched in time, so that delivery continued without them.
// Its pieces cover the declared range without overlap; each piece is in one state, and a repair
// splits a piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace k2 {

enum class GapState : std::uint8_t {
  /// Delivery continued without these ids; the backfill still tries to fetch them.
  kOpen,
  /// These ids were delivered after all, marked LATE.
  kRepaired,
  /// The exchange itself does not have these ids: REST was queried twice, minutes apart.
  kVenue,
  /// Another process delivered these ids to where this journal's go; they are not in it.
  kElsewhere,
};

inline constexpr std::size_t kGapStates = 4;

/// The stable name, as the gaps table shows it.
[[nodiscard]] constexpr std::string_view gap_state_name(GapState state) noexcept {
  switch (state) {
    case GapState::kOpen:
      return "open";
    case GapState::kRepaired:
      return "repaired";
    case GapState::kVenue:
      return "venue";
    case GapState::kElsewhere:
      return "elsewhere";
  }
  return "unknown";
}

}  // namespace k2
