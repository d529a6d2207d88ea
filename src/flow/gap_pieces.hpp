// The pieces into which late trades and backfills divide a declared gap. Pieces tile the range that
// was declared; each has the state of its ids. Pure.
#pragma once

#include "core/trade.hpp"
#include "flow/gap.hpp"

#include <span>
#include <vector>

namespace k2::flow {

/// A line brought an id of a declared gap: it splits the piece that held it. `left` are the
/// symbol's open gaps afterwards.
void add_late(Trade const& trade, std::span<IdRange const> left, std::vector<GapPiece>& out);

/// A reply was taken in: the pieces of each gap that came back, and what is left of it.
void add_repair(SymbolIndex symbol, std::span<IdRange const> before, std::span<IdRange const> after,
                UtcTime at, std::vector<GapPiece>& out);

/// The exchange lacks these ids, which are no longer among the open gaps in `left`.
void add_absent(SymbolIndex symbol, IdRange ids, GapWhy why, std::span<IdRange const> left,
                UtcTime at, std::vector<GapPiece>& out);

}  // namespace k2::flow
