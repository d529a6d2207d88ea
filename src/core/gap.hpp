// A declared gap: ids that delivery went past because they could not be had in time. Its pieces
// tile the range that was declared; each piece is in one state, and a repair splits a piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace k2 {

enum class GapState : std::uint8_t {
  /// Delivery went on without these ids; repair goes on behind.
  kOpen,
  /// These ids were delivered after all, marked LATE.
  kRepaired,
  /// The exchange itself does not have these ids: asked twice, minutes apart.
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
