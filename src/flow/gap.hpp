// A declared gap as flow reports it, to be committed with the trades around it.
#pragma once

#include "core/gap.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <string_view>

namespace k2::flow {

/// The reason why ids are in a declared gap.
enum class GapWhy : std::uint8_t {
  /// REST did not return them in time.
  kPatience,
  /// The exchange lacks them although it keeps older ones: it was queried twice, minutes apart.
  kVenue,
  /// The exchange keeps nothing this old any more: it was queried twice, minutes apart.
  kRetention,
  /// The exchange shows the id with a value that the record cannot hold: it is a dead letter.
  kUnrepresentable,
};

/// The sentence that the gaps table shows.
[[nodiscard]] constexpr std::string_view gap_why_text(GapWhy why) noexcept {
  switch (why) {
    case GapWhy::kPatience:
      return "backfill timed out (gap_patience_seconds)";
    case GapWhy::kVenue:
      return "the exchange itself lacks these ids";
    case GapWhy::kRetention:
      return "no longer kept by the exchange";
    case GapWhy::kUnrepresentable:
      return "unrepresentable: a value does not fit the record; see the dead letters";
  }
  return "unknown";
}

/// One piece of a declared gap and what became of it. A piece is identified by its symbol and
/// first id: a later record with the same two replaces the earlier one.
struct GapPiece {
  SymbolIndex symbol{};
  IdRange range;
  GapState state = GapState::kOpen;
  UtcTime at;
  GapWhy why = GapWhy::kPatience;

  friend bool operator==(GapPiece const&, GapPiece const&) = default;
};

}  // namespace k2::flow
