// Handles the REST replies of continuity; the rest of it is in continuity.cpp.
#include "core/planted.hpp"
#include "flow/continuity.hpp"
#include "flow/gap_pieces.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// Used when 429 or 418 came without Retry-After. Chosen: the window of the limits is a minute.
constexpr std::chrono::seconds kLimitedPause{60};
/// Minimum pause after a refusal by region or firewall. Chosen: it is no transient problem, and
/// frequent repetitions lengthen bans.
constexpr std::chrono::minutes kRefusedPause{5};
/// Each reply of REST is a source of its own, apart from all connections.
constexpr std::uint64_t kRestSource = std::uint64_t{1} << 63;

/// Returns the newest of some rows; a single one far above the others proves nothing.
Trade const& newest_of(std::span<Trade const> rows, std::uint64_t far) {
  for (std::size_t at = rows.size() - 1; at > 0; --at) {
    if (rows[at].id >= rows[at - 1].id && value(rows[at].id) - value(rows[at - 1].id) <= far) {
      return rows[at];
    }
  }
  return rows.front();
}

}  // namespace

void Continuity::on_rest_rows(RequestId request, std::span<Trade const> rows, Now now,
                              std::span<TradeId const> unusable) {
  tick_at_ = MonoTime::min();
  if (auto const look = looking_.extract(static_cast<std::uint64_t>(request))) {
    backfill_.on_probe_answered();
    if (!rows.empty()) take_look(look.mapped(), rows, unusable, now);
    return;
  }
  auto const asked = backfill_.symbol_of(request);
  if (!backfill_.on_reply(request, rows)) return;
  take_page(*asked, rows, unusable, now);
  take_shelved(*asked, now);
}

void Continuity::on_rest_error(RequestId request, Error const& error,
                               std::optional<std::chrono::seconds> retry_after, Now now) {
  ++counts_.rest_errors;
  tick_at_ = MonoTime::min();
  if (error.code == Errc::kRateLimited && !K2_PLANTED(kIgnoreRetryAfter)) {
    budget_.block(retry_after.value_or(kLimitedPause), now);
  } else if (error.code == Errc::kRefusedByRegion) {
    budget_.block(
        std::max<std::chrono::seconds>(retry_after.value_or(kRefusedPause), kRefusedPause), now);
  }
  auto const asked = backfill_.symbol_of(request);
  if (K2_PLANTED(kErrorRepairs) && asked)
    sequencer_.abandon(*asked, {TradeId{0}, TradeId{INT64_MAX}});
  auto const look = looking_.find(static_cast<std::uint64_t>(request));
  if (look == looking_.end()) {
    backfill_.on_error(request, now);
    return;
  }
  backfill_.on_probe_failed(now);
  quiet_.look_failed(look->second, now.mono);
  looking_.erase(look);
}

void Continuity::on_rest_refused(RequestId request, Now now) {
  ++counts_.rest_errors;
  tick_at_ = MonoTime::min();
  if (looking_.erase(static_cast<std::uint64_t>(request)) > 0) {
    backfill_.on_probe_answered();
  } else {
    backfill_.on_refused(request, now);
  }
}

void Continuity::take_look(SymbolIndex symbol, std::span<Trade const> rows,
                           std::span<TradeId const> unusable, Now now) {
  Trade const& newest = newest_of(rows, options_.suspects.jump_min);
  auto const expected = sequencer_.expected(symbol);
  if (expected) {
    if (newest.id >= *expected) reveal(symbol, newest.id);
    take_rows(symbol, rows, unusable, now);
  } else {
    ++replies_;
  }
  suspects_.on_newest(symbol, newest.id, SourceId{kRestSource | replies_});
  settle_suspects(now.mono);
  restarted_.on_newest(tape_of(symbol), newest, now.mono);
  halt_restarted();
}

/// A row is a trade like any other, but what it repeats is no duplicate of a line.
void Continuity::take_row(Trade const& row, SourceId source, MonoTime now) {
  Verdict const verdict = take(row, source, now);
  if (verdict == Verdict::kLate) ++counts_.late;
  if (verdict == Verdict::kForgotten) ++counts_.forgotten;
}

void Continuity::take_rows(SymbolIndex symbol, std::span<Trade const> rows,
                           std::span<TradeId const> unusable, Now now) {
  std::vector<IdRange> const gaps_before = sequencer_.open_gaps(symbol);
  SourceId const source{kRestSource | ++replies_};
  auto bad = unusable.begin();
  for (Trade const& row : rows) {
    for (; bad != unusable.end() && *bad < row.id; ++bad) skip_unusable(symbol, *bad, now);
    take_row(row, source, now.mono);
  }
  for (; bad != unusable.end(); ++bad) skip_unusable(symbol, *bad, now);
  add_repair(symbol, gaps_before, sequencer_.open_gaps(symbol), now.utc, gap_pieces_);
  for (TradeId const id : unusable) close_unusable(symbol, id, now);
}

/// Skips an id that the tape waits for and that its record cannot hold.
void Continuity::skip_unusable(SymbolIndex symbol, TradeId id, Now now) {
  auto const hole = sequencer_.hole(symbol);
  if (!hole || hole->missing.first != id || K2_PLANTED(kWaitForUnusable)) return;
  std::size_t const before = accepted_.size();
  sequencer_.skip(symbol, now.mono, accepted_);
  count_accepted(before);
  if (options_.audit.enabled) audit_.excuse(symbol, id);
  ++counts_.gaps_declared;
  ++counts_.ids_declared;
  gap_pieces_.push_back({symbol, {id, id}, GapState::kOpen, now.utc});
  gap_pieces_.push_back({symbol, {id, id}, GapState::kVenue, now.utc, GapWhy::kUnrepresentable});
}

/// An id of a declared gap turns out to be one that the record cannot hold.
void Continuity::close_unusable(SymbolIndex symbol, TradeId id, Now now) {
  auto const& gaps = sequencer_.open_gaps(symbol);
  if (std::ranges::none_of(gaps, [&](IdRange const& gap) { return gap.contains(id); })) return;
  sequencer_.abandon(symbol, {id, id});
  if (options_.audit.enabled) audit_.excuse(symbol, id);
  add_absent(symbol, {id, id}, GapWhy::kUnrepresentable, sequencer_.open_gaps(symbol), now.utc,
             gap_pieces_);
}

void Continuity::take_page(SymbolIndex symbol, std::span<Trade const> rows,
                           std::span<TradeId const> unusable, Now now) {
  take_rows(symbol, rows, unusable, now);
  for (Absence const& absence : backfill_.on_taken(symbol, rows, sequencer_, now)) {
    give_up(symbol, absence, now);
  }
}

/// Pages that came before their turn, as far as it has come now.
void Continuity::take_shelved(SymbolIndex symbol, Now now) {
  while (auto const rows = backfill_.take_shelved(symbol)) take_page(symbol, *rows, {}, now);
}

/// Continues delivery without ids that the exchange lacks; they are not requested again.
void Continuity::give_up(SymbolIndex symbol, Absence const& absence, Now now) {
  if (auto const hole = sequencer_.hole(symbol); hole && hole->missing == absence.ids) {
    declare(symbol, now);
  }
  auto const& gaps = sequencer_.open_gaps(symbol);
  bool const declared = std::any_of(gaps.begin(), gaps.end(), [&](IdRange const& gap) {
    return gap.first <= absence.ids.first && absence.ids.last <= gap.last;
  });
  if (!declared) return;
  sequencer_.abandon(symbol, absence.ids);
  add_absent(symbol, absence.ids, absence.why, sequencer_.open_gaps(symbol), now.utc, gap_pieces_);
}

}  // namespace k2::flow
