#include "flow/candle_ids.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <utility>

namespace k2::flow {
namespace {

/// Between two looks at an id that is lacked for longer than briefly.
constexpr std::chrono::milliseconds kLookAgain{250};

}  // namespace

void CandleIds::on_candle(SymbolIndex symbol, UtcTime open_at, bool closed,
                          std::optional<TradeId> last, Tape const& tape, MonoTime now) {
  Symbol& state = symbols_[value(symbol)];
  if (open_at < state.open_at) return;  // a second connection is behind
  bool const same = open_at == state.open_at;
  bool const follows = state.closed && open_at - state.open_at == std::chrono::minutes{1};
  if (last) {
    state.newest = same && state.newest ? std::max(*state.newest, *last) : *last;
  } else if (!same && !follows) {
    state.newest.reset();  // a minute in between may have had trades
  }
  state.closed = closed || (same && state.closed);
  state.open_at = open_at;
  if (!last || *last <= tape.seen || K2_PLANTED(kIgnoreCandleIds)) return;
  Named const named{*last, now, tape.from_lines};
  if (state.named) {
    state.later = named;
    return;
  }
  if (std::ranges::find(watched_, symbol) == watched_.end()) watched_.push_back(symbol);
  state.named = named;
  due_at_ = std::min(due_at_, now + kLackedBriefly);
}

void CandleIds::tick(MonoTime now, MonoTime line_trade_at, TapeOf const& tape_of) {
  if (now < due_at_) return;
  due_at_ = MonoTime::max();
  std::erase_if(watched_,
                [&](SymbolIndex symbol) { return settle(symbol, now, line_trade_at, tape_of); });
}

/// Returns whether nothing of the symbol is waited for any more.
bool CandleIds::settle(SymbolIndex index, MonoTime now, MonoTime line_trade_at,
                       TapeOf const& tape_of) {
  Symbol& symbol = symbols_[value(index)];
  while (symbol.named) {
    Named const named = *symbol.named;
    auto const tape = tape_of(index);
    if (tape && tape->seen < named.id) {
      bool const brought = tape->from_lines != named.from_lines;
      bool const slow = brought || line_trade_at <= named.at;
      MonoTime const due = named.at + (slow ? kLackedLong : kLackedBriefly);
      if (now < due) {
        // Which of the two it is may change until then.
        MonoTime const briefly = named.at + kLackedBriefly;
        due_at_ = std::min({due_at_, due, now < briefly ? briefly : now + kLookAgain});
        return false;
      }
      lacked_.push_back({index, named.id, !brought});
    }
    symbol.named = std::exchange(symbol.later, std::nullopt);
  }
  return true;
}

}  // namespace k2::flow
