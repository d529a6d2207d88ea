// Handles the exchange's candles for continuity; the rest of it is in continuity.cpp.
#include "flow/continuity.hpp"

#include <algorithm>

namespace k2::flow {

void Continuity::on_kline(MinuteKline const& kline, Now now) {
  if (!options_.audit.enabled) return;
  if (kline.closed && kline.trades) {
    suspects_.on_candle(kline.symbol, kline.trades->last);
    settle_suspects(now.mono);
    restarted_.on_candle(tape_of(kline.symbol), kline.open_at, kline.trades->last);
    halt_restarted();
  }
  take_candle_id(kline, now.mono);
  audit_.on_kline(kline, now.mono);
  tick_at_ = std::min({tick_at_, audit_.next_deadline(), candle_ids_.next_deadline()});
}

/// The newest id that the exchange has published, against the end of the tape.
void Continuity::take_candle_id(MinuteKline const& kline, MonoTime now) {
  auto const tape = tape_end(kline.symbol);
  if (!tape || (kline.trades && !audit_.plausible(kline))) return;
  std::optional<TradeId> last;
  if (kline.trades) last = kline.trades->last;
  candle_ids_.on_candle(kline.symbol, kline.open_at, kline.closed, last, *tape, now);
  auto const newest = candle_ids_.newest(kline.symbol);
  bool const doubted = suspects_.holds(kline.symbol) || restarted_.suspected(kline.symbol);
  if (!doubted && newest && sequencer_.expected(kline.symbol) == next(*newest)) {
    quiet_.proven(kline.symbol, now);
  }
}

std::optional<CandleIds::Tape> Continuity::tape_end(SymbolIndex symbol) const {
  auto const seen = sequencer_.seen(symbol);
  if (!seen) return std::nullopt;
  return CandleIds::Tape{*seen, quiet_.trades(symbol)};
}

/// Handles an id that a candle named and the tape lacks: it is requested, and a stream that has
/// delivered nothing since is dead.
void Continuity::follow_candles(MonoTime now) {
  candle_ids_.tick(now, line_trade_at_, [this](SymbolIndex symbol) { return tape_end(symbol); });
  for (CandleIds::Lacked const& lacked : candle_ids_.lacked()) {
    if (!is_explained(lacked.symbol, lacked.id, now)) {
      ask_newest(lacked.symbol, now);
      continue;
    }
    if (lacked.stream_is_dead) dead_streams_.proven(lacked.symbol);
    sequencer_.forget(lacked.symbol, lacked.id, now);
  }
  candle_ids_.lacked().clear();
}

/// Treats ids that a candle proves to exist as a hole until they have arrived.
void Continuity::follow_audit(MonoTime now) {
  audit_.tick(now, [this](SymbolIndex symbol, IdRange ids) { return known_missing(symbol, ids); });
  for (RevealedIds const& revealed : audit_.revealed()) {
    if (!is_explained(revealed.symbol, revealed.ids.last, now)) {
      ask_newest(revealed.symbol, now);
      continue;
    }
    if (!sequencer_.expected(revealed.symbol)) {
      sequencer_.begin(revealed.symbol, revealed.ids.first);
    }
    reveal(revealed.symbol, revealed.ids.last);
    sequencer_.forget(revealed.symbol, revealed.ids.last, now);
  }
  audit_.revealed().clear();
}

/// Ids of the range that lie in declared gaps, or at and behind the symbol's hole.
std::uint64_t Continuity::known_missing(SymbolIndex symbol, IdRange ids) const {
  std::uint64_t known = 0;
  for (IdRange const& gap : sequencer_.open_gaps(symbol)) {
    if (gap.last < ids.first || gap.first > ids.last) continue;
    known += IdRange{std::max(gap.first, ids.first), std::min(gap.last, ids.last)}.count();
  }
  auto const hole = sequencer_.hole(symbol);
  if (hole && hole->missing.first <= ids.last) {
    known += IdRange{std::max(hole->missing.first, ids.first), ids.last}.count();
  }
  return known;
}

void Continuity::reveal(SymbolIndex symbol, TradeId id) {
  dead_streams_.revealed(symbol, id, quiet_.trades(symbol));
}

}  // namespace k2::flow
