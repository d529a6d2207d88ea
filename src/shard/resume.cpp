#include "shard/resume.hpp"

#include "core/planted.hpp"
#include "sink/tape_name.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace k2::shard {
namespace {

constexpr std::string_view kWhyElsewhere = "delivered by another process";
constexpr std::string_view kWhyMissing = "missing in the topic when its symbol was taken over";
constexpr std::string_view kWhyLost = "missing in the topic, and no block of the journal has them";

/// Returns what is left of a range without these ascending, disjoint ones.
std::vector<IdRange> without(IdRange range, std::span<IdRange const> others) {
  std::vector<IdRange> left;
  for (IdRange const& other : others) {
    if (other.last < range.first || range.last < other.first) continue;
    if (range.first < other.first) left.push_back({range.first, previous(other.first)});
    if (range.last <= other.last) return left;
    range.first = next(other.last);
  }
  left.push_back(range);
  return left;
}

/// Tiles a range with pieces: what is missing is open, the rest is elsewhere.
void tile(ShardSymbol& symbol, IdRange range, std::vector<IdRange> const& missing, UtcTime now,
          std::vector<IdRange>& elsewhere, std::vector<sink::DeclaredGap>& out) {
  auto const piece = [&](IdRange ids, GapState state, std::string_view why) {
    out.push_back({.symbol = sink::tape_name(symbol.symbol.text(), symbol.generation),
                   .ids = ids,
                   .why = std::string{why},
                   .state = state,
                   .declared_at = now});
    (state == GapState::kOpen ? symbol.open_gaps : elsewhere).push_back(ids);
  };
  TradeId from = range.first;
  for (IdRange const& one : missing) {
    IdRange const lacking{std::max(one.first, from), std::min(one.last, range.last)};
    if (lacking.last < lacking.first) continue;
    if (from < lacking.first) {
      piece({from, previous(lacking.first)}, GapState::kElsewhere, kWhyElsewhere);
    }
    piece(lacking, GapState::kOpen, kWhyMissing);
    from = next(lacking.last);
  }
  if (from <= range.last) piece({from, range.last}, GapState::kElsewhere, kWhyElsewhere);
}

}  // namespace

void resume(ShardSymbol& symbol, std::span<sink::Position const> positions,
            std::span<sink::DeclaredGap const> gaps) {
  std::string const name = sink::tape_name(symbol.symbol.text(), symbol.generation);
  auto const position = std::ranges::find(positions, name, &sink::Position::symbol);
  if (position != positions.end()) symbol.position = position->last;
  for (sink::DeclaredGap const& gap : gaps) {
    if (gap.symbol != name) continue;
    if (gap.state == GapState::kElsewhere) symbol.elsewhere.push_back(gap.ids);
    if (gap.state == GapState::kOpen && !K2_PLANTED(kForgetGaps))
      symbol.open_gaps.push_back(gap.ids);
    if (symbol.position) symbol.position = std::max(*symbol.position, gap.ids.last);
  }
}

std::vector<sink::DeclaredGap> catch_up(ShardSymbol& symbol, UtcTime now) {
  std::vector<sink::DeclaredGap> pieces;
  if (!symbol.topic) return pieces;
  auto const& [last, missing] = *symbol.topic;
  std::vector<IdRange> elsewhere;
  for (IdRange const range : symbol.elsewhere) {
    bool const lacking = std::ranges::any_of(missing, [&](IdRange const& one) {
      return one.first <= range.last && range.first <= one.last;
    });
    if (lacking) {
      tile(symbol, range, missing, now, elsewhere, pieces);
    } else {
      elsewhere.push_back(range);
    }
  }
  if (!symbol.position) {
    // Nothing lies between: the tape begins here, with what others left open.
    for (IdRange const& one : missing) tile(symbol, one, missing, now, elsewhere, pieces);
    symbol.position = last;
  } else if (last > *symbol.position) {
    tile(symbol, {next(*symbol.position), last}, missing, now, elsewhere, pieces);
    symbol.position = last;
  }
  std::ranges::sort(symbol.open_gaps, {}, &IdRange::first);
  symbol.elsewhere = std::move(elsewhere);
  return pieces;
}

std::vector<sink::DeclaredGap> reopen(ShardSymbol& symbol, sink::SymbolIds const& lost,
                                      UtcTime now) {
  std::vector<IdRange> opened;
  for (IdRange range : lost.ids) {
    range.last = std::min(range.last, *symbol.position);
    if (range.last < range.first) continue;
    for (IdRange const& one : without(range, symbol.open_gaps)) opened.push_back(one);
  }
  // Gaps are identified by their first id: a row that loses some of its ids is written anew.
  std::vector<sink::DeclaredGap> rows;
  for (IdRange const& ids : symbol.elsewhere) {
    rows.push_back({.symbol = lost.symbol,
                    .ids = ids,
                    .why = std::string{kWhyElsewhere},
                    .state = GapState::kElsewhere,
                    .declared_at = now});
  }
  rows.insert(rows.end(), lost.repaired.begin(), lost.repaired.end());
  std::ranges::sort(rows, {}, [](sink::DeclaredGap const& row) { return row.ids.first; });

  std::vector<sink::DeclaredGap> pieces;
  auto const open = [&](IdRange ids) {
    pieces.push_back({.symbol = lost.symbol,
                      .ids = ids,
                      .why = std::string{kWhyLost},
                      .state = GapState::kOpen,
                      .declared_at = now});
    symbol.open_gaps.push_back(ids);
  };
  std::vector<IdRange> outside = opened;
  std::vector<IdRange> elsewhere;
  for (sink::DeclaredGap& row : rows) {
    auto const left = without(row.ids, opened);
    bool const is_whole = left.size() == 1 && left.front() == row.ids;
    for (IdRange const& ids : left) {
      if (row.state == GapState::kElsewhere) elsewhere.push_back(ids);
      if (!is_whole) pieces.push_back({row.symbol, ids, row.why, row.state, row.declared_at});
    }
    if (is_whole) continue;
    std::vector<IdRange> rest;
    for (IdRange const& ids : outside) {
      for (IdRange const& one : without(ids, std::span{&row.ids, 1})) rest.push_back(one);
    }
    for (IdRange const& ids : sink::common(outside, std::span{&row.ids, 1})) open(ids);
    outside = std::move(rest);
  }
  for (IdRange const& ids : outside) open(ids);
  symbol.elsewhere = std::move(elsewhere);
  std::ranges::sort(symbol.open_gaps, {}, &IdRange::first);
  if (K2_PLANTED(kForgetReopened)) pieces.clear();
  return pieces;
}

}  // namespace k2::shard
