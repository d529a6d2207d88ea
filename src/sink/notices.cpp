#include "sink/notices.hpp"

namespace k2::sink {

std::string_view gap_state_name(GapState state) noexcept {
  switch (state) {
    case GapState::kOpen:
      return "open";
    case GapState::kRepaired:
      return "repaired";
    case GapState::kVenue:
      return "venue";
  }
  return "unknown";
}

}  // namespace k2::sink
