// The idle probe: detects symbols that are quiet compared to their own recent rate, so that REST is
// queried about them. This finds the end of a tape whose last frames were lost, and a stream that
// stopped alone. Each further quiet probe waits twice as long, up to an hour, so that quiet markets
// cause no burst of requests. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace k2::flow {

struct QuietOptions {
  /// The shortest silence that is ever looked into. Chosen: several times the longest pause that
  /// a busy symbol makes.
  std::chrono::nanoseconds silence_min = std::chrono::seconds{5};
  /// Silence is unusual when it lasts this many mean intervals.
  double intervals = 20;
  std::chrono::nanoseconds recheck_max = std::chrono::hours{1};
  /// A symbol whose tape has a position is probed when it is added.
  bool look_at_start = true;
  /// After a line came up, symbols still silent this much later are looked at.
  std::chrono::nanoseconds after_line_up = std::chrono::seconds{2};
  /// A candle that proves that nothing is missing saves looks for so long. Chosen: a minute, after
  /// which the next candle comes whatever is traded, and half of one.
  std::chrono::nanoseconds after_proof = std::chrono::seconds{90};
};

class Quiet {
 public:
  explicit Quiet(QuietOptions options) : options_(options) {}

  /// Adds the next symbol. One whose tape has a position is probed immediately: missed trades are
  /// found without waiting for its next trade.
  void add_symbol(SymbolIndex symbol, bool at_once, MonoTime now);
  /// No more looks at the symbol until it is restored.
  void remove_symbol(SymbolIndex symbol);
  void restore_symbol(SymbolIndex symbol, bool at_once, MonoTime now);
  /// Hot: a trade of the symbol was seen.
  void seen(SymbolIndex symbol) noexcept { ++trades_[value(symbol)]; }
  /// Returns the number of trades of the symbol that were seen.
  [[nodiscard]] std::uint64_t trades(SymbolIndex symbol) const { return trades_[value(symbol)]; }
  /// Handles a connection that opened after a time without one: missed trades are found
  /// immediately.
  void on_line_up(MonoTime now);

  /// The symbol is looked at with the next tick.
  void look_now(SymbolIndex symbol, MonoTime now);
  /// The exchange has no newer trades of the symbol than the tape: no look for a while.
  void proven(SymbolIndex symbol, MonoTime now) {
    symbols_[value(symbol)].proven_until = now + options_.after_proof;
  }
  /// Returns the number of trades of the symbol that its mean rate predicts since the last one.
  [[nodiscard]] double expected_trades(SymbolIndex symbol, MonoTime now) const;

  /// Appends the symbols to look at now; call about once a second. They are due until looked(),
  /// and no symbol is always the last.
  void tick(MonoTime now, std::vector<SymbolIndex>& due);
  /// The symbol is being looked at: the next look waits twice as long.
  void looked(SymbolIndex symbol, MonoTime now);
  /// Handles a failed probe. If it would have failed for any symbol, it is repeated soon. If the
  /// exchange refused to answer it, the wait doubles each time, as in looked().
  void look_failed(SymbolIndex symbol, MonoTime now);

 private:
  struct Symbol {
    std::uint64_t trades_before = 0;
    double interval_s = 0;  // mean time between trades; 0 while unknown
    MonoTime changed_at;
    MonoTime check_at;
    MonoTime proven_until = MonoTime::min();
    std::chrono::nanoseconds recheck{};
    bool removed = false;
  };

  void refresh(Symbol& symbol, std::uint64_t trades, MonoTime now);

  QuietOptions options_;
  std::vector<Symbol> symbols_;
  std::size_t turn_ = 0;               // who comes first this time
  std::vector<std::uint64_t> trades_;  // apart: all that a trade touches
};

}  // namespace k2::flow
