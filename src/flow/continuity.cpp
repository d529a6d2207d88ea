#include "flow/continuity.hpp"

#include <algorithm>
#include <utility>

namespace k2::flow {
namespace {

/// Between two ticks while a hole or a repair is under way, and while there is nothing to do.
constexpr std::chrono::milliseconds kBusyTick{20};
constexpr std::chrono::milliseconds kIdleTick{1'000};
/// Looks at quiet symbols leave most of the weight to repair.
constexpr double kLookFraction = 0.4;
/// Looks have request ids of their own, above all of backfill's.
constexpr std::uint64_t kLookBit = std::uint64_t{1} << 63;

bool is_look(RequestId request) {
  return (static_cast<std::uint64_t>(request) & kLookBit) != 0;
}

}  // namespace

Continuity::Continuity(ContinuityOptions options)
    : options_(options),
      sequencer_(options.sequencer),
      backfill_(options.backfill),
      quiet_(options.quiet),
      budget_(options.weight_per_minute, options.weight_share) {}

void Continuity::add_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                            std::vector<IdRange> open_gaps, MonoTime now) {
  if (!open_gaps.empty()) backfill_.on_declared(symbol);
  sequencer_.add_symbol(symbol, position, std::move(open_gaps));
  quiet_.add_symbol(symbol, now);
}

Verdict Continuity::refuse(Trade const& trade, MonoTime now) {
  sequencer_.forget(trade.symbol, trade.id, now);
  ++counts_.forgotten;
  tick_at_ = std::min(tick_at_, now + kBusyTick);
  return Verdict::kForgotten;
}

void Continuity::count(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      break;
    case Verdict::kDuplicate:
      ++counts_.duplicates;
      break;
    case Verdict::kWaiting:
      break;
    case Verdict::kForgotten:
      ++counts_.forgotten;
      break;
    case Verdict::kLate:
      ++counts_.late;
      break;
  }
}

void Continuity::on_rest_rows(RequestId request, std::span<Trade const> rows, Now now) {
  std::optional<SymbolIndex> symbol;
  if (!rows.empty()) symbol = rows.front().symbol;
  std::vector<IdRange> gaps_before;
  if (symbol) gaps_before = sequencer_.open_gaps(*symbol);
  std::size_t const before = accepted_.size();
  for (Trade const& row : rows) take(row, now.mono);
  counts_.backfilled += static_cast<std::uint64_t>(
      std::count_if(accepted_.begin() + static_cast<std::ptrdiff_t>(before), accepted_.end(),
                    [](Trade const& trade) { return trade.origin == Origin::kRest; }));
  if (symbol) record_repair(*symbol, gaps_before, now.utc);
  tick_at_ = MonoTime::min();
  if (is_look(request)) return;
  auto const asked = backfill_.symbol_of(request);
  RestRows shown;
  if (!rows.empty()) shown = {rows.size(), rows.front().id, rows.back().id};
  if (auto const venue = backfill_.on_rows(request, shown, sequencer_, now)) {
    sequencer_.abandon(*asked, *venue);
    gap_pieces_.push_back({*asked, *venue, GapState::kVenue, now.utc});
    for (IdRange const& range : sequencer_.open_gaps(*asked)) {
      if (range.first == next(venue->last)) {
        gap_pieces_.push_back({*asked, range, GapState::kOpen, now.utc});
      }
    }
  }
}

/// A line brought an id of a declared gap: it splits the piece that held it.
void Continuity::record_late(Trade const& trade) {
  for (IdRange const& left : sequencer_.open_gaps(trade.symbol)) {
    if (next(left.last) == trade.id || left.first == next(trade.id)) {
      gap_pieces_.push_back({trade.symbol, left, GapState::kOpen, trade.received_at});
    }
  }
  gap_pieces_.push_back(
      {trade.symbol, {trade.id, trade.id}, GapState::kRepaired, trade.received_at});
}

/// Says what a reply repaired: the pieces of each gap that came back, and what is left of it.
void Continuity::record_repair(SymbolIndex symbol, std::vector<IdRange> const& before, UtcTime at) {
  auto const& after = sequencer_.open_gaps(symbol);
  for (IdRange const& gap : before) {
    TradeId from = gap.first;
    for (IdRange const& left : after) {
      if (left.last < gap.first || left.first > gap.last) continue;
      if (left == gap) {
        from = next(gap.last);
        break;
      }
      if (left.first > from) {
        gap_pieces_.push_back({symbol, {from, previous(left.first)}, GapState::kRepaired, at});
      }
      gap_pieces_.push_back({symbol, left, GapState::kOpen, at});
      from = next(left.last);
    }
    if (from <= gap.last) {
      gap_pieces_.push_back({symbol, {from, gap.last}, GapState::kRepaired, at});
    }
  }
}

void Continuity::on_rest_error(RequestId request, Error const& error,
                               std::optional<std::chrono::seconds> retry_after, Now now) {
  ++counts_.rest_errors;
  if (error.code == Errc::kRateLimited) {
    budget_.block(retry_after.value_or(std::chrono::seconds{60}), now);
  }
  if (!is_look(request)) backfill_.on_error(request, now);
}

void Continuity::tick(Now now, std::vector<RestRequest>& out) {
  std::size_t const before = out.size();
  sequencer_.tick(now.mono);
  if (admission_) {
    declare_overdue(now);
    backfill_.plan(sequencer_, budget_, now, out);
    if (now.mono >= quiet_at_) {
      look_at_quiet(now, out);
      quiet_at_ = now.mono + kIdleTick;
    }
  }
  counts_.rest_requests += out.size() - before;
  bool const busy = !sequencer_.holed().empty() || !backfill_.idle();
  tick_at_ = now.mono + (busy ? kBusyTick : kIdleTick);
}

void Continuity::declare_overdue(Now now) {
  due_.clear();
  for (SymbolIndex const symbol : sequencer_.holed()) {
    auto const hole = sequencer_.hole(symbol);
    if (hole && now.mono - hole->since >= options_.gap_patience) due_.push_back(symbol);
  }
  for (SymbolIndex const symbol : due_) {
    std::size_t const before = accepted_.size();
    IdRange const range = sequencer_.declare(symbol, now.mono, accepted_);
    counts_.accepted += accepted_.size() - before;
    ++counts_.gaps_declared;
    counts_.ids_declared += range.count();
    gap_pieces_.push_back({symbol, range, GapState::kOpen, now.utc});
    backfill_.on_declared(symbol);
  }
}

void Continuity::look_at_quiet(Now now, std::vector<RestRequest>& out) {
  due_.clear();
  quiet_.tick(now.mono, due_);
  for (SymbolIndex const symbol : due_) {
    // Before the tape has begun there is no id to compare with; a hole is backfill's already.
    if (!sequencer_.expected(symbol) || sequencer_.hole(symbol)) continue;
    if (!budget_.try_spend(options_.backfill.request_weight, now, kLookFraction)) {
      quiet_.postpone(symbol, now.mono);
      continue;
    }
    out.push_back({RequestId{kLookBit | ++looks_}, symbol, RestSource::kRecent, TradeId{}});
  }
}

}  // namespace k2::flow
