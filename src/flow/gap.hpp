// What flow says of a declared gap, to be committed with the trades around it.
#pragma once

#include "core/gap.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace k2::flow {

/// One piece of a declared gap and what became of it. A piece is identified by its symbol and
/// first id: a later record with the same two replaces the earlier one.
struct GapPiece {
  SymbolIndex symbol{};
  IdRange range;
  GapState state = GapState::kOpen;
  UtcTime at;

  friend bool operator==(GapPiece const&, GapPiece const&) = default;
};

}  // namespace k2::flow
