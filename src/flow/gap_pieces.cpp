#include "flow/gap_pieces.hpp"

namespace k2::flow {

void add_late(Trade const& trade, std::span<IdRange const> left, std::vector<GapPiece>& out) {
  for (IdRange const& range : left) {
    if (next(range.last) == trade.id || range.first == next(trade.id)) {
      out.push_back({trade.symbol, range, GapState::kOpen, trade.received_at});
    }
  }
  out.push_back({trade.symbol, {trade.id, trade.id}, GapState::kRepaired, trade.received_at});
}

void add_repair(SymbolIndex symbol, std::span<IdRange const> before, std::span<IdRange const> after,
                UtcTime at, std::vector<GapPiece>& out) {
  for (IdRange const& gap : before) {
    TradeId from = gap.first;
    for (IdRange const& left : after) {
      if (left.last < gap.first || left.first > gap.last) continue;
      if (left == gap) {
        from = next(gap.last);
        break;
      }
      if (left.first > from) {
        out.push_back({symbol, {from, previous(left.first)}, GapState::kRepaired, at});
      }
      out.push_back({symbol, left, GapState::kOpen, at});
      from = next(left.last);
    }
    if (from <= gap.last) out.push_back({symbol, {from, gap.last}, GapState::kRepaired, at});
  }
}

void add_absent(SymbolIndex symbol, IdRange ids, GapWhy why, std::span<IdRange const> left,
                UtcTime at, std::vector<GapPiece>& out) {
  out.push_back({symbol, ids, GapState::kVenue, at, why});
  for (IdRange const& range : left) {
    // What is left of the piece that held them: it may end before them or begin behind them.
    if (range.first == next(ids.last) || next(range.last) == ids.first) {
      out.push_back({symbol, range, GapState::kOpen, at});
    }
  }
}

}  // namespace k2::flow
