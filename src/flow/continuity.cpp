#include "flow/continuity.hpp"

#include "core/planted.hpp"
#include "flow/gap_pieces.hpp"

#include <algorithm>
#include <utility>

namespace k2::flow {
namespace {

/// Intervals between two ticks while there is a hole, and while there is nothing to do.
constexpr std::chrono::milliseconds kBusyTick{20};
constexpr std::chrono::milliseconds kIdleTick{1'000};
/// A reply that takes longer than this does not come in time for a full reorder buffer.
/// Chosen: many times what a healthy REST service takes.
constexpr std::chrono::seconds kReplyExpected{3};
/// Maximum number of concurrent idle probes. Chosen: as many as pages of the backfill.
constexpr std::size_t kLooksInFlightMax = 8;
/// Looks have request ids of their own, above all of backfill's.
constexpr std::uint64_t kLookBit = std::uint64_t{1} << 63;

SequencerOptions sequencer_options(ContinuityOptions const& options) {
  SequencerOptions made = options.sequencer;
  made.far_ids = options.suspects.jump_min;
  return made;
}

}  // namespace

Continuity::Continuity(ContinuityOptions options)
    : options_(options),
      sequencer_(sequencer_options(options)),
      backfill_(options.backfill),
      quiet_(options.quiet),
      audit_(options.audit),
      suspects_(options.suspects),
      budget_(options.weight_per_minute, options.weight_share) {}

void Continuity::add_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                            std::vector<IdRange> open_gaps, MonoTime now) {
  if (!open_gaps.empty()) backfill_.on_declared(symbol);
  sequencer_.add_symbol(symbol, position, std::move(open_gaps));
  quiet_.add_symbol(symbol, position.has_value(), now);
  audit_.add_symbol(symbol, sequencer_.expected(symbol));
  candle_ids_.add_symbol();
  dead_streams_.add_symbol();
}

void Continuity::begin(SymbolIndex symbol, TradeId first, MonoTime now) {
  sequencer_.begin(symbol, first);
  quiet_.restore_symbol(symbol, true, now);
  audit_.restore_symbol(symbol, first);
}

void Continuity::remove_symbol(SymbolIndex symbol) {
  sequencer_.remove_symbol(symbol);
  backfill_.remove_symbol(symbol);
  quiet_.remove_symbol(symbol);
  candle_ids_.forget(symbol);
  dead_streams_.forget(symbol);
  suspects_.forget(symbol);
  restarted_.forget(symbol);
  audit_.remove_symbol(symbol);
}

void Continuity::restore_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                                std::vector<IdRange> open_gaps, MonoTime now) {
  backfill_.remove_symbol(symbol);
  suspects_.forget(symbol);
  restarted_.forget(symbol);
  // The reply to an old request may show another tape.
  std::erase_if(looking_, [&](auto const& look) { return look.second == symbol; });
  if (!open_gaps.empty()) backfill_.on_declared(symbol);
  sequencer_.restore_symbol(symbol, position, std::move(open_gaps));
  quiet_.restore_symbol(symbol, position.has_value(), now);
  audit_.restore_symbol(symbol, sequencer_.expected(symbol));
  tick_at_ = quiet_at_ = MonoTime::min();
}

void Continuity::reopen(SymbolIndex symbol, std::vector<IdRange> open_gaps) {
  sequencer_.set_open_gaps(symbol, std::move(open_gaps));
  backfill_.on_declared(symbol);
  tick_at_ = MonoTime::min();
}

Verdict Continuity::refuse(Trade const& trade, MonoTime now) {
  if (is_explained(trade.symbol, trade.id, now)) {
    sequencer_.forget(trade.symbol, trade.id, now);
  }
  return Verdict::kForgotten;
}

/// Records the result of a trade from a connection, unless it was simply accepted.
void Continuity::note(Verdict verdict, Trade const& trade, MonoTime now) {
  switch (verdict) {
    case Verdict::kAccepted:
    case Verdict::kIgnored:
      break;
    case Verdict::kDuplicate:
      ++counts_.duplicates;
      break;
    case Verdict::kBelow:
      ++counts_.duplicates;
      watch_below(trade, now);
      break;
    case Verdict::kSuspect:
      break;
    case Verdict::kForgotten:
      ++counts_.forgotten;
      [[fallthrough]];
    case Verdict::kWaiting:
      tick_at_ = std::min(tick_at_, now + kBusyTick);
      if (must_declare_when_full(trade.symbol, now)) {
        declare(trade.symbol, {now, trade.received_at});
      }
      break;
    case Verdict::kLate:
      ++counts_.late;
      add_late(trade, sequencer_.open_gaps(trade.symbol), gap_pieces_);
      break;
  }
}

void Continuity::on_line_up(MonoTime now) {
  quiet_.on_line_up(now);
  dead_streams_.forget_all();
  for (std::size_t at = 0; K2_PLANTED(kForgetBackfill) && at < sequencer_.symbols(); ++at) {
    auto const symbol = static_cast<SymbolIndex>(at);
    sequencer_.restore_symbol(symbol, std::nullopt, sequencer_.open_gaps(symbol));
  }
}

void Continuity::tick(Now now, std::vector<RestRequest>& out) {
  std::size_t const before = out.size();
  sequencer_.tick(now.mono);
  if (!suspects_.empty()) {
    suspects_.tick(now.mono);
    settle_suspects(now.mono);
  }
  if (options_.audit.enabled) {
    follow_audit(now.mono);
    follow_candles(now.mono);
  }
  MonoTime due = now.mono + kIdleTick;
  if (admission_) {
    declare_overdue(now);
    due = std::min(due, backfill_.plan(sequencer_, budget_, now, out));
    for (SymbolIndex const symbol : std::exchange(backfill_.ready(), {})) {
      take_shelved(symbol, now);
      due = now.mono;
    }
    if (now.mono >= quiet_at_) {
      look_at_quiet(now, out);
      quiet_at_ = now.mono + kIdleTick;
    }
  }
  counts_.rest_requests += out.size() - before;
  if (!sequencer_.holed().empty()) due = std::min(due, now.mono + kBusyTick);
  tick_at_ = std::min({due, audit_.next_deadline(), candle_ids_.next_deadline()});
}

void Continuity::declare_overdue(Now now) {
  due_.clear();
  for (SymbolIndex const symbol : sequencer_.holed()) {
    if (must_declare_when_full(symbol, now.mono)) {
      due_.push_back(symbol);
      continue;
    }
    auto const hole = sequencer_.hole(symbol);
    if (!hole || now.mono - hole->since < options_.gap_patience) continue;
    // A hole that only waits for its share of the weight is being repaired.
    if (may_be_repaired(symbol, hole->missing, options_.gap_patience, now.mono)) continue;
    due_.push_back(symbol);
  }
  for (SymbolIndex const symbol : due_) declare(symbol, now);
}

/// Returns whether REST may still deliver the missing ids: it can be queried, and none of its
/// replies for this hole failed or is overdue.
bool Continuity::may_be_repaired(SymbolIndex symbol, IdRange hole,
                                 std::chrono::nanoseconds patience, MonoTime now) const {
  return !budget_.blocked(now) && backfill_.waits_for_turn(symbol, hole, patience, now);
}

/// Trades without room in the reorder buffer are dropped, and REST delivers them again. When it
/// does not, dropping them costs more ids than continuing without those that are really missing.
bool Continuity::must_declare_when_full(SymbolIndex symbol, MonoTime now) const {
  if (!sequencer_.full(symbol) || K2_PLANTED(kForgetWhenFull)) return false;
  auto const hole = sequencer_.hole(symbol);
  if (!hole) return false;
  std::uint64_t const missing = hole->missing.count();
  if (sequencer_.has_forgotten(symbol) && missing > sequencer_.waiting(symbol)) return false;
  return !may_be_repaired(symbol, hole->missing, kReplyExpected, now);
}

void Continuity::declare(SymbolIndex symbol, Now now) {
  std::size_t const before = accepted_.size();
  IdRange const range = sequencer_.declare(symbol, now.mono, accepted_);
  count_accepted(before);
  ++counts_.gaps_declared;
  counts_.ids_declared += range.count();
  gap_pieces_.push_back({symbol, range, GapState::kOpen, now.utc});
  backfill_.on_declared(symbol);
}

void Continuity::look_at_quiet(Now now, std::vector<RestRequest>& out) {
  due_.clear();
  quiet_.tick(now.mono, due_);
  for (SymbolIndex const symbol : due_) {
    // Before the tape has started there is no id to compare with; a hole belongs to the backfill
    // already.
    bool const doubted = suspects_.holds(symbol) || restarted_.suspected(symbol);
    if (doubted || (sequencer_.expected(symbol) && !sequencer_.hole(symbol))) {
      if (looking_.size() >= kLooksInFlightMax) return;
      if (!backfill_.may_probe(looking_.size(), now.mono)) return;
      if (!budget_.try_spend(options_.backfill.request_weight, now,
                             doubted ? Purpose::kSmallGap : Purpose::kProbe)) {
        return;
      }
      RequestId const request{kLookBit | ++looks_};
      looking_.emplace(static_cast<std::uint64_t>(request), symbol);
      out.push_back({request, symbol, RestSource::kRecent, TradeId{}});
    }
    quiet_.looked(symbol, now.mono);
  }
}

}  // namespace k2::flow
