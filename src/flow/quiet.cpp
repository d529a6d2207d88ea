#include "flow/quiet.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// The weight of the newest interval in the mean. Chosen: forgets a burst within some minutes.
constexpr double kSmoothing = 0.1;

}  // namespace

void Quiet::add_symbol(SymbolIndex symbol, bool at_once, MonoTime now) {
  K2_ASSERT(value(symbol) == symbols_.size());
  symbols_.emplace_back();
  trades_.push_back(0);
  restore_symbol(symbol, at_once, now);
}

void Quiet::remove_symbol(SymbolIndex symbol) {
  symbols_[value(symbol)].removed = true;
}

void Quiet::restore_symbol(SymbolIndex symbol, bool at_once, MonoTime now) {
  symbols_[value(symbol)] = {
      .trades_before = trades_[value(symbol)],
      .changed_at = now,
      .check_at = at_once && options_.look_at_start ? now : now + options_.silence_min,
      .recheck = options_.silence_min};
}

void Quiet::on_line_up(MonoTime now) {
  for (Symbol& symbol : symbols_) {
    symbol.check_at = std::min(symbol.check_at, now + options_.after_line_up);
    symbol.proven_until = MonoTime::min();
  }
}

void Quiet::look_now(SymbolIndex symbol, MonoTime now) {
  Symbol& state = symbols_[value(symbol)];
  state.check_at = now;
  state.proven_until = MonoTime::min();
  state.trades_before = trades_[value(symbol)];
}

double Quiet::expected_trades(SymbolIndex symbol, MonoTime now) const {
  Symbol const& state = symbols_[value(symbol)];
  if (state.interval_s == 0) return 0;
  // Trades of the second that runs are not in the mean yet.
  std::chrono::duration<double> const silence = now - state.changed_at + std::chrono::seconds{1};
  return silence.count() / state.interval_s;
}

void Quiet::refresh(Symbol& symbol, std::uint64_t trades, MonoTime now) {
  using Seconds = std::chrono::duration<double>;
  double const interval =
      Seconds{now - symbol.changed_at}.count() / static_cast<double>(trades - symbol.trades_before);
  symbol.interval_s = symbol.interval_s == 0
                          ? interval
                          : symbol.interval_s * (1 - kSmoothing) + interval * kSmoothing;
  symbol.trades_before = trades;
  symbol.changed_at = now;
  auto const unusual = std::chrono::duration_cast<std::chrono::nanoseconds>(
      Seconds{symbol.interval_s * options_.intervals});
  symbol.recheck = std::clamp(unusual, options_.silence_min, options_.recheck_max);
  symbol.check_at = now + symbol.recheck;
}

void Quiet::tick(MonoTime now, std::vector<SymbolIndex>& due) {
  for (std::size_t step = 0; step < symbols_.size(); ++step) {
    std::size_t const index = (turn_ + step) % symbols_.size();
    Symbol& symbol = symbols_[index];
    if (trades_[index] != symbol.trades_before) {
      refresh(symbol, trades_[index], now);
    } else if (now >= std::max(symbol.check_at, symbol.proven_until) && !symbol.removed) {
      due.push_back(static_cast<SymbolIndex>(index));
    }
  }
}

void Quiet::looked(SymbolIndex symbol, MonoTime now) {
  Symbol& state = symbols_[value(symbol)];
  turn_ = value(symbol) + std::size_t{1};
  state.recheck = std::min(state.recheck * 2, options_.recheck_max);
  state.check_at = now + state.recheck;
}

void Quiet::look_failed(SymbolIndex symbol, MonoTime now) {
  Symbol& state = symbols_[value(symbol)];
  state.check_at = std::min(state.check_at, now + options_.silence_min);
}

}  // namespace k2::flow
