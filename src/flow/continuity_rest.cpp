// What continuity makes of REST replies; the rest of it is in continuity.cpp.
#include "core/planted.hpp"
#include "flow/continuity.hpp"
#include "flow/gap_pieces.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// Used when 429 or 418 came without Retry-After. Chosen: the window of the limits is a minute.
constexpr std::chrono::seconds kLimitedPause{60};
/// How long a refusal by region or firewall is waited out at least. Chosen: it is no passing
/// trouble, and hot loops against it lengthen bans.
constexpr std::chrono::minutes kRefusedPause{5};

}  // namespace

void Continuity::on_rest_rows(RequestId request, std::span<Trade const> rows, Now now) {
  tick_at_ = MonoTime::min();
  bool const is_look = looking_.erase(static_cast<std::uint64_t>(request)) > 0;
  if (is_look) backfill_.on_probe_answered();
  auto const asked = backfill_.symbol_of(request);
  if (!is_look && backfill_.on_reply(request, rows)) {
    take_page(*asked, rows, now);
    take_shelved(*asked, now);
  } else if (is_look && !rows.empty()) {
    take_look(rows, now);
  }
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

void Continuity::take_look(std::span<Trade const> rows, Now now) {
  SymbolIndex const symbol = rows.front().symbol;
  auto const expected = sequencer_.expected(symbol);
  if (expected && rows.back().id >= *expected) reveal(symbol, rows.back().id);
  take_rows(symbol, rows, now);
}

/// A row is a trade like any other, but what it repeats is no duplicate of a line.
void Continuity::take_row(Trade const& row, MonoTime now) {
  Verdict const verdict = take(row, now);
  if (verdict == Verdict::kLate) ++counts_.late;
  if (verdict == Verdict::kForgotten) ++counts_.forgotten;
}

void Continuity::take_rows(SymbolIndex symbol, std::span<Trade const> rows, Now now) {
  std::vector<IdRange> const gaps_before = sequencer_.open_gaps(symbol);
  for (Trade const& row : rows) take_row(row, now.mono);
  add_repair(symbol, gaps_before, sequencer_.open_gaps(symbol), now.utc, gap_pieces_);
}

void Continuity::take_page(SymbolIndex symbol, std::span<Trade const> rows, Now now) {
  take_rows(symbol, rows, now);
  for (Absence const& absence : backfill_.on_taken(symbol, rows, sequencer_, now)) {
    give_up(symbol, absence, now);
  }
}

/// Pages that came before their turn, as far as it has come now.
void Continuity::take_shelved(SymbolIndex symbol, Now now) {
  while (auto const rows = backfill_.take_shelved(symbol)) take_page(symbol, *rows, now);
}

/// The exchange lacks these ids: delivery goes past them, and nobody asks for them again.
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
