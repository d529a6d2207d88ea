#include "flow/audit.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// Between two comparisons of a minute that is not complete yet.
constexpr std::chrono::seconds kCompareAgain{1};
/// The limit while the missing ids are being backfilled.
constexpr std::chrono::seconds kCompareRepaired{10};
/// Minutes of one symbol that wait for their verdict; the oldest one is not judged then. Chosen: a
/// catch-up of two hours, ten kilobytes.
constexpr std::size_t kMinutesMax = 120;
/// Incomplete minutes of one symbol that are remembered until what they lack arrives; the oldest
/// one is forgotten then, and stays incomplete. Chosen: none is expected ever.
constexpr std::size_t kLackingMax = 16;

}  // namespace

std::string_view minute_result_name(MinuteResult result) noexcept {
  switch (result) {
    case MinuteResult::kComplete:
      return "complete";
    case MinuteResult::kIncomplete:
      return "incomplete";
    case MinuteResult::kHealed:
      return "healed";
    case MinuteResult::kUnjudged:
      return "unjudged";
  }
  return "unknown";
}

void Audit::add_symbol(SymbolIndex symbol, std::optional<TradeId> next) {
  K2_ASSERT(value(symbol) == symbols_.size());
  symbols_.emplace_back();
  seen_.emplace_back();
  if (next) seen_.back().begin(*next);
}

void Audit::remove_symbol(SymbolIndex symbol) {
  SeenIds& seen = seen_[value(symbol)];
  window_bytes_ -= seen.bytes();
  seen.clear();
  forget_lacking(symbols_[value(symbol)]);
  symbols_[value(symbol)] = Symbol{};
  symbols_[value(symbol)].removed = true;
  std::erase(watched_, symbol);
}

void Audit::restore_symbol(SymbolIndex symbol, std::optional<TradeId> next) {
  remove_symbol(symbol);
  symbols_[value(symbol)].removed = false;
  if (next) seen_[value(symbol)].begin(*next);
}

/// The window ends before this id, or it was marked already, or it lies behind. Returns whether the
/// id is news.
bool Audit::take_unmarked(Trade const& trade) {
  SeenIds& seen = seen_[value(trade.symbol)];
  if (!seen.begun()) {
    seen.begin(trade.id);
  } else if (seen.contains(trade.id)) {
    if (trade.id >= seen.first()) ++counts_.doubled;
    return trade.id < seen.first();
  } else if (trade.id < seen.first()) {
    return true;  // late beyond all judging
  }
  resize(trade.symbol, trade.id);
  (void)seen.mark(trade.id);
  return true;
}

/// Records that a missing trade of an incomplete minute has arrived after all.
void Audit::heal(SymbolIndex symbol, TradeId id) {
  auto& lacking = symbols_[value(symbol)].lacking;
  auto const found = std::ranges::find_if(
      lacking, [id](Lacking const& minute) { return minute.ids.contains(id); });
  if (found == lacking.end() || ++found->verdict.accepted < found->verdict.published) return;
  found->verdict.result = MinuteResult::kHealed;
  found->verdict.missing.reset();
  ++counts_.healed;
  verdicts_.push_back(found->verdict);
  lacking.erase(found);
  --healable_;
}

void Audit::keep_lacking(MinuteVerdict const& verdict, IdRange ids) {
  auto& lacking = symbols_[value(verdict.symbol)].lacking;
  if (lacking.size() >= kLackingMax) {
    lacking.erase(lacking.begin());
    --healable_;
  }
  lacking.push_back({verdict, ids});
  ++healable_;
}

void Audit::forget_lacking(Symbol& symbol) {
  healable_ -= symbol.lacking.size();
  symbol.lacking.clear();
}

/// Makes room for an id; the memory that all may use together stays the limit.
void Audit::resize(SymbolIndex symbol, TradeId to_hold) {
  SeenIds& seen = seen_[value(symbol)];
  window_bytes_ -= seen.bytes();
  std::size_t const wanted = seen.bytes_to_hold(to_hold);
  if (wanted * 8 > options_.ids_per_symbol_max ||
      window_bytes_ + wanted > options_.window_bytes_max) {
    seen.begin(to_hold);
  }
  seen.grow_to(to_hold);
  window_bytes_ += seen.bytes();
}

void Audit::on_kline(MinuteKline const& kline, MonoTime now) {
  Symbol& symbol = symbols_[value(kline.symbol)];
  if (symbol.removed) return;
  if (!symbol.first_open) symbol.first_open = kline.open_at;
  if (!kline.closed) return;
  // Every line tells each minute, and a new line the last one again.
  if (symbol.last_open && kline.open_at <= *symbol.last_open) return;
  symbol.last_open = kline.open_at;
  if (symbol.minutes.size() >= kMinutesMax) {
    judge(symbol.minutes.front(), MinuteResult::kUnjudged, 0);
    symbol.minutes.erase(symbol.minutes.begin());
  }
  symbol.minutes.push_back({kline, now + options_.compare_after, now + options_.patience, false});
  due_at_ = std::min(due_at_, symbol.minutes.back().compare_at);
  watch(symbol, kline.symbol);
}

void Audit::watch(Symbol& symbol, SymbolIndex index) {
  if (symbol.minutes.size() == 1) watched_.push_back(index);
}

void Audit::excuse(SymbolIndex symbol, TradeId id) {
  SeenIds& seen = seen_[value(symbol)];
  if (!seen.begun() || seen.contains(id)) return;
  if (id >= seen.first()) {
    resize(symbol, id);
    (void)seen.mark(id);
  }
  heal(symbol, id);
}

void Audit::tick(MonoTime now, KnownMissing const& known_missing) {
  if (now < due_at_) return;
  due_at_ = MonoTime::max();
  std::erase_if(watched_, [&](SymbolIndex index) {
    Symbol& symbol = symbols_[value(index)];
    compare(symbol, index, now, known_missing);
    return symbol.minutes.empty();
  });
}

void Audit::compare(Symbol& symbol, SymbolIndex index, MonoTime now, KnownMissing const& known) {
  std::optional<TradeId> judged_last;
  for (auto minute = symbol.minutes.begin(); minute != symbol.minutes.end();) {
    if (now < minute->compare_at || !compare(*minute, symbol, now, known)) {
      due_at_ = std::min(due_at_, minute->compare_at);
      ++minute;
      continue;
    }
    if (minute->kline.trades) judged_last = minute->kline.trades->last;
    minute = symbol.minutes.erase(minute);
  }
  if (judged_last) forget_judged(symbol, index, *judged_last);
}

/// True when the minute has its verdict.
bool Audit::compare(Minute& minute, Symbol const& symbol, MonoTime now, KnownMissing const& known) {
  MinuteKline const& kline = minute.kline;
  SeenIds const& seen = seen_[value(kline.symbol)];
  if (!kline.trades || kline.trade_count == 0) {
    judge(minute, MinuteResult::kComplete, 0);
    return true;
  }
  // A tape that has not begun although the symbol traded: since the first kline we are listening.
  bool const began_inside =
      seen.begun() ? kline.trades->first < seen.first() : kline.open_at == *symbol.first_open;
  if (began_inside || !plausible(kline)) {
    judge(minute, MinuteResult::kUnjudged, 0);
    return true;
  }
  // Fewer trades than ids: then the exchange itself lacks some, and its count is what holds.
  std::uint64_t const accepted = seen.begun() ? seen.count(*kline.trades) : 0;
  if (accepted >= kline.trade_count) {
    judge(minute, MinuteResult::kComplete, accepted);
    return true;
  }
  if (now >= minute.give_up_at && !K2_PLANTED(kJudgeUnrepaired) &&
      accepted + known(kline.symbol, *kline.trades) >= kline.trade_count) {
    minute.compare_at = now + kCompareRepaired;
    return false;
  }
  if (now >= minute.give_up_at) {
    judge(minute, MinuteResult::kIncomplete, accepted);
    return true;
  }
  if (!minute.revealed) revealed_.push_back({kline.symbol, *kline.trades});
  minute.revealed = true;
  minute.compare_at = std::min(now + kCompareAgain, minute.give_up_at);
  return false;
}

void Audit::judge(Minute const& minute, MinuteResult result, std::uint64_t accepted) {
  MinuteKline const& kline = minute.kline;
  MinuteVerdict verdict{.symbol = kline.symbol,
                        .open_at = kline.open_at,
                        .result = result,
                        .published = kline.trade_count,
                        .accepted = accepted,
                        .missing = std::nullopt};
  switch (result) {
    case MinuteResult::kComplete:
      ++counts_.complete;
      break;
    case MinuteResult::kIncomplete:
      ++counts_.incomplete;
      verdict.missing = seen_[value(kline.symbol)].first_missing(*kline.trades);
      keep_lacking(verdict, *kline.trades);
      break;
    case MinuteResult::kHealed:
      break;  // is no verdict of a comparison
    case MinuteResult::kUnjudged:
      ++counts_.unjudged;
      break;
  }
  verdicts_.push_back(verdict);
}

bool Audit::plausible(MinuteKline const& kline) const {
  std::uint64_t const ids = kline.trades->count();
  return kline.trade_count <= ids && ids <= options_.ids_per_symbol_max;
}

/// What no minute asks for any more is forgotten; the next one begins behind it.
void Audit::forget_judged(Symbol const& symbol, SymbolIndex index, TradeId judged_last) {
  SeenIds& seen = seen_[value(index)];
  if (!seen.begun()) return;
  TradeId keep = next(judged_last);
  for (Minute const& minute : symbol.minutes) {
    if (minute.kline.trades) keep = std::min(keep, minute.kline.trades->first);
  }
  seen.forget_below(keep);
}

}  // namespace k2::flow
