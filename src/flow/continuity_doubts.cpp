// Handles ids that continuity doubts: those that nothing explains, and those that start over. The
// rest of it is in continuity.cpp.
#include "core/planted.hpp"
#include "flow/continuity.hpp"

#include <utility>

namespace k2::flow {

/// Returns whether an id is near the tape, or the symbol's own rate accounts for the distance.
bool Continuity::is_explained(SymbolIndex symbol, TradeId id, MonoTime now) const {
  auto const ahead = sequencer_.far_ahead(symbol, id);
  if (!ahead) return true;
  double const explained = options_.suspects.rate_factor * quiet_.expected_trades(symbol, now);
  return sequencer_.expected(symbol) && static_cast<double>(*ahead) <= explained;
}

Verdict Continuity::trust(Trade const& trade, MonoTime now) {
  std::size_t const before = accepted_.size();
  Verdict const verdict = sequencer_.trust(trade, now, accepted_);
  count_accepted(before);
  return verdict;
}

Verdict Continuity::doubt(Trade const& trade, SourceId source, MonoTime now) {
  if (is_explained(trade.symbol, trade.id, now)) return trust(trade, now);
  if (K2_PLANTED(kTrustFarRows) && trade.origin == Origin::kRest) return trust(trade, now);
  ++counts_.suspects;
  bool const first = !suspects_.holds(trade.symbol);
  suspects_.hold(trade, source, now);
  settle_suspects(now);
  if (first && suspects_.holds(trade.symbol)) ask_newest(trade.symbol, now);
  return Verdict::kSuspect;
}

void Continuity::settle_suspects(MonoTime now) {
  for (Trade const& trade : std::exchange(suspects_.confirmed(), {})) {
    Verdict const verdict = trust(trade, now);
    if (trade.origin == Origin::kStream && verdict != Verdict::kAccepted) {
      note(verdict, trade, now);
    }
  }
  counts_.implausible = suspects_.rejected();
}

void Continuity::watch_below(Trade const& trade, MonoTime now) {
  if (restarted_.on_below(tape_of(trade.symbol), trade, now)) ask_newest(trade.symbol, now);
  halt_restarted();
}

/// A restarted tape takes nothing any more: what follows is another tape.
void Continuity::halt_restarted() {
  for (RestartedTape const& tape : restarted_.found()) {
    if (sequencer_.halted(tape.symbol) || K2_PLANTED(kSpliceRestartedIds)) continue;
    sequencer_.halt(tape.symbol);
    backfill_.remove_symbol(tape.symbol);
    quiet_.remove_symbol(tape.symbol);
    audit_.remove_symbol(tape.symbol);
    candle_ids_.forget(tape.symbol);
    dead_streams_.forget(tape.symbol);
    suspects_.forget(tape.symbol);
  }
}

void Continuity::ask_newest(SymbolIndex symbol, MonoTime now) {
  quiet_.look_now(symbol, now);
  tick_at_ = quiet_at_ = MonoTime::min();
}

RestartedIds::Tape Continuity::tape_of(SymbolIndex symbol) const {
  return {symbol, sequencer_.expected(symbol).value_or(TradeId{}), sequencer_.traded_at(symbol)};
}

}  // namespace k2::flow
