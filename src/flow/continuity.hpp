// Continuity of the tape: sequencer, backfill and the look at quiet symbols as one machine.
// Trades and REST replies go in; accepted trades, REST requests and pieces of declared gaps come
// out. It never stops a symbol for good: ids that cannot be had within the patience, or before
// the reorder buffer is full, are declared, those and no others, and repaired behind. Pure; one
// shard's thread. What drives it: shard/, and the simulation.
#pragma once

#include "core/result.hpp"
#include "core/trade.hpp"
#include "flow/audit.hpp"
#include "flow/backfill.hpp"
#include "flow/candle_ids.hpp"
#include "flow/dead_streams.hpp"
#include "flow/gap.hpp"
#include "flow/quiet.hpp"
#include "flow/restarted_ids.hpp"
#include "flow/sequencer.hpp"
#include "flow/suspect_trades.hpp"
#include "flow/weight_budget.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace k2::flow {

struct ContinuityOptions {
  SequencerOptions sequencer{};
  BackfillOptions backfill{};
  QuietOptions quiet{};
  AuditOptions audit{};
  SuspectOptions suspects{};
  std::uint32_t weight_per_minute = 6000;
  /// Share of the exchange's weight limit that this process uses.
  double weight_share = 0.9;
  /// Time that a symbol waits for missing ids before they are declared a gap.
  std::chrono::nanoseconds gap_patience = std::chrono::seconds{60};
};

/// Counts since the start; all only increase.
struct ContinuityCounts {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t backfilled = 0;
  std::uint64_t late = 0;
  std::uint64_t forgotten = 0;
  std::uint64_t gaps_declared = 0;
  std::uint64_t ids_declared = 0;
  std::uint64_t rest_requests = 0;
  std::uint64_t rest_errors = 0;
  /// Trades with ids far ahead of the tape that were held aside, and those of them that nothing
  /// confirmed.
  std::uint64_t suspects = 0;
  std::uint64_t implausible = 0;
};

class Continuity {
 public:
  explicit Continuity(ContinuityOptions options);

  /// Adds the next symbol; indices are dense from 0. `position` is the last id that is durable.
  void add_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                  std::vector<IdRange> open_gaps, MonoTime now);

  /// Begins the tape of a symbol that has none yet with this id; what is behind it is fetched.
  void begin(SymbolIndex symbol, TradeId first, MonoTime now);

  /// The symbol is carried no more: no looks, holes or repairs; later trades of it are ignored.
  void remove_symbol(SymbolIndex symbol);
  /// A removed symbol, or one whose tape is halted, is carried as if it had just been added.
  void restore_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                      std::vector<IdRange> open_gaps, MonoTime now);

  /// Replaces the declared gaps of a symbol whose tape has started; they are filled as any other.
  void reopen(SymbolIndex symbol, std::vector<IdRange> open_gaps);

  /// A trade from a line. Hot.
  Verdict on_trade(Trade const& trade, MonoTime now, LineId line = {}) {
    quiet_.seen(trade.symbol);
    line_trade_at_ = now;
    Verdict const verdict = take(trade, SourceId{value(line)}, now);
    if (verdict != Verdict::kAccepted) note(verdict, trade, now);
    return verdict;
  }
  /// Sets whether accepted trades can be stored. While they cannot, trades are dropped before they
  /// are accepted; the backfill fetches them once there is room again.
  void set_admission(bool open) noexcept { admission_ = open; }
  /// A line came up after a time without one.
  void on_line_up(MonoTime now);

  /// A one-minute kline from a line; ignored while the audit is off.
  void on_kline(MinuteKline const& kline, Now now);

  /// Handles the reply to a request: its rows, ascending. `unusable` are the ids, ascending, of
  /// rows that the record cannot hold: nothing waits for them, and they are not requested again.
  void on_rest_rows(RequestId request, std::span<Trade const> rows, Now now,
                    std::span<TradeId const> unusable = {});
  /// Handles a failed request; `retry_after` is set when the exchange demanded a pause.
  void on_rest_error(RequestId request, Error const& error,
                     std::optional<std::chrono::seconds> retry_after, Now now);
  /// REST answered, but this symbol's request was refused or its answer was of no use: other
  /// symbols are not concerned.
  void on_rest_refused(RequestId request, Now now);
  [[nodiscard]] WeightBudget& budget() noexcept { return budget_; }
  [[nodiscard]] WeightBudget const& budget() const noexcept { return budget_; }

  /// Time has passed: calls and declares gaps, and appends the requests to make.
  void tick(Now now, std::vector<RestRequest>& out);
  /// Returns the time at which tick() is due again at the latest.
  [[nodiscard]] MonoTime next_deadline() const noexcept { return tick_at_; }

  /// Accepted since the caller last cleared it.
  [[nodiscard]] std::vector<Trade>& accepted() noexcept { return accepted_; }
  /// Pieces of declared gaps since the caller last cleared it.
  [[nodiscard]] std::vector<GapPiece>& gap_pieces() noexcept { return gap_pieces_; }

  /// Minutes that the audit judged since the caller last cleared it.
  [[nodiscard]] std::vector<MinuteVerdict>& minute_verdicts() noexcept { return audit_.verdicts(); }
  /// Symbols that trade while no line brings them, since the caller last cleared it.
  [[nodiscard]] std::vector<SymbolIndex>& dead_streams() noexcept { return dead_streams_.dead(); }
  /// Trades with ids that nothing explains or confirms, since the caller last cleared it.
  [[nodiscard]] std::vector<Trade>& implausible() noexcept { return suspects_.implausible(); }
  /// Symbols whose ids have started over, since the caller last cleared it: their tapes are halted.
  [[nodiscard]] std::vector<RestartedTape>& restarted_tapes() noexcept {
    return restarted_.found();
  }
  /// Symbols whose tapes are halted because their ids have started over.
  [[nodiscard]] std::size_t tapes_restarted() const noexcept { return restarted_.count(); }
  /// Holes called and closed since the caller last cleared it.
  [[nodiscard]] std::vector<HoleChange>& hole_changes() noexcept { return sequencer_.changes(); }

  [[nodiscard]] ContinuityCounts const& counts() const noexcept { return counts_; }
  [[nodiscard]] AuditCounts const& audit_counts() const noexcept { return audit_.counts(); }
  /// Symbols that have a hole now.
  [[nodiscard]] std::size_t holes() const noexcept { return sequencer_.holed().size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return sequencer_.waiting(); }
  /// Pages of repair that came before their turn.
  [[nodiscard]] std::size_t shelved() const noexcept { return backfill_.shelved(); }
  [[nodiscard]] Sequencer const& sequencer() const noexcept { return sequencer_; }
  /// Trades of the symbol that came over lines, repetitions included.
  [[nodiscard]] std::uint64_t received(SymbolIndex symbol) const { return quiet_.trades(symbol); }
  [[nodiscard]] ContinuityOptions const& options() const noexcept { return options_; }

 private:
  Verdict take(Trade const& trade, SourceId source, MonoTime now) {
    if (!admission_) return refuse(trade, now);
    std::size_t const before = accepted_.size();
    Verdict const verdict = sequencer_.on_trade(trade, now, accepted_);
    count_accepted(before);
    if (verdict == Verdict::kSuspect) [[unlikely]]
      return doubt(trade, source, now);
    return verdict;
  }
  Verdict trust(Trade const& trade, MonoTime now);
  Verdict doubt(Trade const& trade, SourceId source, MonoTime now);
  [[nodiscard]] bool is_explained(SymbolIndex symbol, TradeId id, MonoTime now) const;
  void settle_suspects(MonoTime now);
  void watch_below(Trade const& trade, MonoTime now);
  void halt_restarted();
  void ask_newest(SymbolIndex symbol, MonoTime now);
  [[nodiscard]] RestartedIds::Tape tape_of(SymbolIndex symbol) const;
  void count_accepted(std::size_t before) {
    counts_.accepted += accepted_.size() - before;
    for (std::size_t at = before; at < accepted_.size(); ++at) {
      if (accepted_[at].origin == Origin::kRest) ++counts_.backfilled;
    }
    if (!options_.audit.enabled) return;
    for (std::size_t at = before; at < accepted_.size(); ++at) audit_.accepted(accepted_[at]);
  }
  Verdict refuse(Trade const& trade, MonoTime now);
  void note(Verdict verdict, Trade const& trade, MonoTime now);
  void declare(SymbolIndex symbol, Now now);
  void declare_overdue(Now now);
  [[nodiscard]] bool must_declare_when_full(SymbolIndex symbol, MonoTime now) const;
  [[nodiscard]] bool may_be_repaired(SymbolIndex symbol, IdRange hole,
                                     std::chrono::nanoseconds patience, MonoTime now) const;
  void follow_audit(MonoTime now);
  void follow_candles(MonoTime now);
  void take_candle_id(MinuteKline const& kline, MonoTime now);
  [[nodiscard]] std::optional<CandleIds::Tape> tape_end(SymbolIndex symbol) const;
  [[nodiscard]] std::uint64_t known_missing(SymbolIndex symbol, IdRange ids) const;
  void look_at_quiet(Now now, std::vector<RestRequest>& out);
  void reveal(SymbolIndex symbol, TradeId id);
  void take_look(SymbolIndex symbol, std::span<Trade const> rows, std::span<TradeId const> unusable,
                 Now now);
  void take_row(Trade const& row, SourceId source, MonoTime now);
  void take_rows(SymbolIndex symbol, std::span<Trade const> rows, std::span<TradeId const> unusable,
                 Now now);
  void take_page(SymbolIndex symbol, std::span<Trade const> rows, std::span<TradeId const> unusable,
                 Now now);
  void skip_unusable(SymbolIndex symbol, TradeId id, Now now);
  void close_unusable(SymbolIndex symbol, TradeId id, Now now);
  void take_shelved(SymbolIndex symbol, Now now);
  void give_up(SymbolIndex symbol, Absence const& absence, Now now);

  ContinuityOptions options_;
  Sequencer sequencer_;
  Backfill backfill_;
  Quiet quiet_;
  Audit audit_;
  CandleIds candle_ids_;
  DeadStreams dead_streams_;
  SuspectTrades suspects_;
  RestartedIds restarted_;
  WeightBudget budget_;
  bool admission_ = true;
  MonoTime tick_at_ = MonoTime::min();
  MonoTime quiet_at_ = MonoTime::min();
  MonoTime line_trade_at_ = MonoTime::min();
  std::uint64_t looks_ = 0;
  std::uint64_t replies_ = 0;
  std::unordered_map<std::uint64_t, SymbolIndex> looking_;  // by request
  std::vector<Trade> accepted_;
  std::vector<GapPiece> gap_pieces_;
  std::vector<SymbolIndex> due_;
  ContinuityCounts counts_;
};

}  // namespace k2::flow
