#include "flow/sequencer.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"
#include "flow/restarted_ids.hpp"

#include <algorithm>
#include <utility>

namespace k2::flow {

namespace {

/// The highest first id of a tape that is taken without a second source. Chosen: fifty times the
/// highest that the exchange has reached in nine years.
constexpr std::uint64_t kFirstIdMax = std::uint64_t{1} << 38U;

/// Takes `hit` out of a list of disjoint ascending ranges.
void subtract(std::vector<IdRange>& ranges, IdRange hit) {
  std::vector<IdRange> left;
  for (IdRange const range : ranges) {
    if (range.last < hit.first || range.first > hit.last) {
      left.push_back(range);
      continue;
    }
    if (range.first < hit.first) left.push_back({range.first, previous(hit.first)});
    if (range.last > hit.last) left.push_back({next(hit.last), range.last});
  }
  ranges = std::move(left);
}

}  // namespace

void Sequencer::add_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                           std::vector<IdRange> open_gaps) {
  K2_ASSERT(value(symbol) == symbols_.size());
  symbols_.push_back(stand_at(position, std::move(open_gaps)));
}

Sequencer::Symbol Sequencer::stand_at(std::optional<TradeId> position,
                                      std::vector<IdRange> open_gaps) {
  Symbol state;
  state.open_gaps = std::move(open_gaps);
  if (position) {
    state.started = true;
    state.holed = false;
    // Delivery has gone past a declared gap even when no trade behind it is durable yet.
    TradeId last = *position;
    for (IdRange const& gap : state.open_gaps) last = std::max(last, gap.last);
    state.next = next(last);
    state.edge = last;
  }
  return state;
}

void Sequencer::remove_symbol(SymbolIndex symbol) {
  Symbol& state = symbols_[value(symbol)];
  waiting_total_ -= state.waiting.size();
  state = Symbol{};
  state.removed = true;
  std::erase(holed_, symbol);
}

void Sequencer::restore_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                               std::vector<IdRange> open_gaps) {
  remove_symbol(symbol);
  symbols_[value(symbol)] = stand_at(position, std::move(open_gaps));
}

void Sequencer::begin(SymbolIndex symbol, TradeId first) {
  Symbol& state = symbols_[value(symbol)];
  K2_ASSERT(!state.started && !state.removed);
  state.started = true;
  state.holed = false;
  state.next = first;
  state.edge = value(first) == 0 ? first : previous(first);
}

std::optional<std::uint64_t> Sequencer::far_ahead(Symbol const& state, TradeId id) const {
  if (options_.far_ids == UINT64_MAX || K2_PLANTED(kTrustFarIds)) return std::nullopt;
  std::uint64_t known = state.started ? std::max(value(state.edge), value(state.next)) : 0;
  std::uint64_t const far = state.started ? options_.far_ids : kFirstIdMax;
  if (value(id) <= known || value(id) - known <= far) return std::nullopt;
  return value(id) - known;
}

void Sequencer::halt(SymbolIndex symbol) {
  Symbol& state = symbols_[value(symbol)];
  waiting_total_ -= state.waiting.size();
  state.waiting = {};
  state.edge = previous(state.next);
  state.halted = true;
  state.holed = true;
  state.called = false;
  state.listed = false;
  std::erase(holed_, symbol);
}

std::optional<UtcTime> Sequencer::traded_at(SymbolIndex symbol) const {
  UtcTime const at = symbols_[value(symbol)].traded_at;
  if (at == kNoTime) return std::nullopt;
  return at;
}

Verdict Sequencer::out_of_line(Symbol& state, Trade const& trade, MonoTime now,
                               std::vector<Trade>& accepted, bool trusted) {
  if (state.removed || state.halted) return Verdict::kIgnored;
  if (!trusted && far_ahead(state, trade.id)) return Verdict::kSuspect;
  if (!state.started) {
    state.started = true;
    state.holed = false;
    state.next = next(trade.id);
    state.edge = trade.id;
    state.traded_at = trade.traded_at;
    accepted.push_back(trade);
    return Verdict::kAccepted;
  }
  if (trade.id < state.next) return behind(state, trade, accepted);
  if (trade.id > state.next && !K2_PLANTED(kAcceptAhead)) return ahead(state, trade, now);
  state.edge = std::max(state.edge, trade.id);
  state.next = next(trade.id);
  state.traded_at = trade.traded_at;
  accepted.push_back(trade);
  drain(state, trade.symbol, now, accepted);
  return Verdict::kAccepted;
}

Verdict Sequencer::behind(Symbol& state, Trade const& trade, std::vector<Trade>& accepted) {
  auto const gap = std::find_if(state.open_gaps.begin(), state.open_gaps.end(),
                                [&](IdRange const& range) { return range.contains(trade.id); });
  if (K2_PLANTED(kSkipDedupe)) accepted.push_back(trade);
  bool const is_known = state.traded_at != kNoTime;
  bool const is_newer = is_known && trade.traded_at > state.traded_at + kClearlyNewer;
  // A trade that is newer than the whole tape fills no gap of it: the ids have started over.
  if (gap == state.open_gaps.end() || is_newer) {
    bool const newer = is_newer || !is_known;
    return newer && trade.origin == Origin::kStream ? Verdict::kBelow : Verdict::kDuplicate;
  }
  subtract(state.open_gaps, {trade.id, trade.id});
  accepted.push_back(trade);
  accepted.back().late = !K2_PLANTED(kSkipLate);
  return Verdict::kLate;
}

Verdict Sequencer::ahead(Symbol& state, Trade const& trade, MonoTime now) {
  open_hole(state, trade.symbol, trade.id, now);
  bool const full = this->full(trade.symbol);
  if (full && (state.waiting.empty() || trade.id >= state.waiting.back().id)) {
    return Verdict::kForgotten;
  }
  if (!state.waiting.insert(trade)) return Verdict::kDuplicate;
  if (full) {
    // What is near the hole is worth more: the hole then stays as narrow as what is known.
    state.waiting.pop_back();
    return Verdict::kForgotten;
  }
  ++waiting_total_;
  if (state.waiting.size() > options_.reorder_trades_max) call(state, trade.symbol, now);
  return Verdict::kWaiting;
}

void Sequencer::forget(SymbolIndex symbol, TradeId id, MonoTime now) {
  Symbol& state = symbols_[value(symbol)];
  // Before the tape has started it cannot fall behind.
  if (state.started && id >= state.next) open_hole(state, symbol, id, now);
}

void Sequencer::open_hole(Symbol& state, SymbolIndex symbol, TradeId seen, MonoTime now) {
  state.edge = std::max(state.edge, seen);
  if (state.holed) return;
  state.holed = true;
  state.called = false;
  state.since = now;
  state.opened_at = now;
  if (!state.listed) holed_.push_back(symbol);
  state.listed = true;
}

void Sequencer::drain(Symbol& state, SymbolIndex symbol, MonoTime now,
                      std::vector<Trade>& accepted) {
  while (!state.waiting.empty() && state.waiting.front().id <= state.next) {
    if (state.waiting.front().id == state.next) {
      state.traded_at = state.waiting.front().traded_at;
      if (!K2_PLANTED(kDropWaiting)) accepted.push_back(state.waiting.front());
      state.next = next(state.next);
    }
    state.waiting.pop();
    --waiting_total_;
  }
  state.since = now;
  update_hole(state, symbol, now);
}

void Sequencer::update_hole(Symbol& state, SymbolIndex symbol, MonoTime now) {
  // On the fast path the edge is not kept up to date; next is then always beyond it.
  if (state.edge >= state.next) return;
  K2_ASSERT(state.waiting.empty());
  if (state.called) {
    changes_.push_back({symbol, state.called_range, true, now - state.opened_at});
  }
  state.holed = false;
  state.called = false;
}

void Sequencer::call(Symbol& state, SymbolIndex symbol, MonoTime now) {
  if (state.called) return;
  state.called = true;
  state.called_range = hole(symbol)->missing;
  changes_.push_back({symbol, state.called_range, false, now - state.opened_at});
}

void Sequencer::tick(MonoTime now) {
  std::erase_if(holed_, [this](SymbolIndex symbol) {
    Symbol& state = symbols_[value(symbol)];
    state.listed = state.holed;
    return !state.holed;
  });
  for (SymbolIndex const symbol : holed_) {
    Symbol& state = symbols_[value(symbol)];
    if (!state.called && now - state.since >= options_.reorder_window) call(state, symbol, now);
  }
}

std::optional<Hole> Sequencer::hole(SymbolIndex symbol) const {
  Symbol const& state = symbols_[value(symbol)];
  if (!state.started || !state.holed || state.halted) return std::nullopt;
  TradeId const last = state.waiting.empty() ? state.edge : previous(state.waiting.front().id);
  return Hole{{state.next, last}, state.since, state.called};
}

bool Sequencer::full(SymbolIndex symbol) const {
  return waiting(symbol) >= options_.waiting_per_symbol_max ||
         waiting_total_ >= options_.waiting_total_max;
}

bool Sequencer::has_forgotten(SymbolIndex symbol) const {
  Symbol const& state = symbols_[value(symbol)];
  if (!state.started || !state.holed) return false;
  return state.waiting.empty() || state.edge > state.waiting.back().id;
}

IdRange Sequencer::declare(SymbolIndex symbol, MonoTime now, std::vector<Trade>& accepted) {
  auto const missing = hole(symbol);
  K2_ASSERT(missing.has_value());
  Symbol& state = symbols_[value(symbol)];
  state.open_gaps.push_back(missing->missing);
  state.next = next(missing->missing.last);
  drain(state, symbol, now, accepted);
  return missing->missing;
}

void Sequencer::skip(SymbolIndex symbol, MonoTime now, std::vector<Trade>& accepted) {
  K2_ASSERT(hole(symbol).has_value());
  Symbol& state = symbols_[value(symbol)];
  state.next = next(state.next);
  drain(state, symbol, now, accepted);
}

void Sequencer::abandon(SymbolIndex symbol, IdRange range) {
  subtract(symbols_[value(symbol)].open_gaps, range);
}

void Sequencer::set_open_gaps(SymbolIndex symbol, std::vector<IdRange> open_gaps) {
  Symbol& state = symbols_[value(symbol)];
  K2_ASSERT(open_gaps.empty() || open_gaps.back().last < state.next);
  state.open_gaps = std::move(open_gaps);
}

std::vector<IdRange> const& Sequencer::open_gaps(SymbolIndex symbol) const {
  return symbols_[value(symbol)].open_gaps;
}

std::optional<TradeId> Sequencer::seen(SymbolIndex symbol) const {
  Symbol const& state = symbols_[value(symbol)];
  if (!state.started || state.halted) return std::nullopt;
  // On the fast path the edge is not kept up to date.
  if (value(state.next) == 0) return state.edge;
  return std::max(state.edge, previous(state.next));
}

std::optional<TradeId> Sequencer::expected(SymbolIndex symbol) const {
  Symbol const& state = symbols_[value(symbol)];
  if (!state.started) return std::nullopt;
  return state.next;
}

}  // namespace k2::flow
