#include "flow/restarted_ids.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// Distinct trades, rising in id and time, that confirm each other. Chosen: odd frames come one at
/// a time.
constexpr std::size_t kDistinctEnough = 16;
/// A tape that has accepted nothing yet may be ahead of its connections, for another process
/// brought it there. Chosen: beyond any delay of a connection.
constexpr std::chrono::seconds kBeyondAnyDelay{60};
/// Interval between two REST queries about one symbol.
constexpr std::chrono::seconds kAskAgain{10};

bool is_newer(UtcTime one, RestartedIds::Tape const& tape) {
  return tape.traded_at && one > *tape.traded_at + kClearlyNewer;
}

}  // namespace

bool RestartedIds::on_below(Tape const& tape, Trade const& trade, MonoTime now) {
  if (restarted(tape.symbol)) return false;
  if (tape.traded_at && !is_newer(trade.traded_at, tape)) return false;
  auto const [found, is_first] = evidence_.try_emplace(
      value(tape.symbol),
      Evidence{.since = now, .first_traded_at = trade.traded_at, .traded_at = trade.traded_at});
  Evidence& evidence = found->second;
  bool const ask = is_first || now - evidence.asked_at >= kAskAgain;
  if (ask) evidence.asked_at = now;
  if (!is_first && trade.id <= evidence.last) return ask;
  if (trade.traded_at < evidence.traded_at) return ask;
  evidence.last = trade.id;
  evidence.traded_at = trade.traded_at;
  ++evidence.distinct;
  bool const lasts = now - evidence.since >= kBeyondAnyDelay &&
                     trade.traded_at - evidence.first_traded_at >= kBeyondAnyDelay;
  if (evidence.distinct >= kDistinctEnough && (tape.traded_at || lasts)) confirm(tape, trade.id);
  return ask;
}

void RestartedIds::on_newest(Tape const& tape, Trade const& newest, MonoTime now) {
  auto const found = evidence_.find(value(tape.symbol));
  if (found == evidence_.end()) return;
  if (next(newest.id) >= tape.expected) {
    evidence_.erase(found);  // the exchange still has what the tape has
    return;
  }
  Evidence& evidence = found->second;
  bool const moves = evidence.newest && newest.id > *evidence.newest;
  bool const lasts = now - evidence.since >= kBeyondAnyDelay;
  if (is_newer(newest.traded_at, tape) || (!tape.traded_at && moves && lasts)) {
    return confirm(tape, newest.id);
  }
  if (!evidence.newest) evidence.newest = newest.id;
}

void RestartedIds::on_candle(Tape const& tape, UtcTime open_at, TradeId last) {
  if (suspected(tape.symbol) && next(last) < tape.expected && is_newer(open_at, tape)) {
    confirm(tape, last);
  }
}

void RestartedIds::confirm(Tape const& tape, TradeId seen) {
  evidence_.erase(value(tape.symbol));
  restarted_.insert(value(tape.symbol));
  found_.push_back({tape.symbol, tape.expected, seen});
}

void RestartedIds::forget(SymbolIndex symbol) {
  evidence_.erase(value(symbol));
  restarted_.erase(value(symbol));
}

}  // namespace k2::flow
