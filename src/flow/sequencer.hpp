// The one place where a trade becomes accepted: per symbol, ids are strictly increasing and occur
// once, regardless of the connection or REST reply they came from, their order and repetition. A
// hole is "expected id N, received M". The sequencer holds the trades ahead of it and reports what
// is missing. It sends no requests: that is the task of the backfill. Runs on the shard's thread.
#pragma once

#include "core/trade.hpp"
#include "flow/gap.hpp"
#include "flow/waiting_room.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace k2::flow {

struct SequencerOptions {
  /// A hole is called a gap when it lasts longer than this...
  std::chrono::nanoseconds reorder_window = std::chrono::milliseconds{100};
  /// ...or when more trades than this wait behind it.
  std::size_t reorder_trades_max = 64;
  /// Waiting trades of one symbol, and of all together (64 bytes each); more are forgotten.
  std::size_t waiting_per_symbol_max = 16'384;
  std::size_t waiting_total_max = 131'072;
  /// An id farther ahead of the tape than this is not taken until it is trusted.
  std::uint64_t far_ids = UINT64_MAX;
};

/// The result for a trade.
enum class Verdict : std::uint8_t {
  kAccepted,
  /// Seen before.
  kDuplicate,
  /// Ahead of a hole; it waits.
  kWaiting,
  /// Ahead of a hole, and there is no room: this one or the one farthest from the hole is
  /// forgotten, and the backfill will bring it again.
  kForgotten,
  /// Accepted into a declared gap, marked LATE.
  kLate,
  /// Its symbol was removed, or its tape is halted.
  kIgnored,
  /// Far ahead of the tape: not taken; trust() takes it.
  kSuspect,
  /// Seen before by its id, but clearly newer than all of the tape.
  kBelow,
};

/// Ids that are missing before what has been seen of a symbol.
struct Hole {
  IdRange missing;
  /// Time when it last became smaller, or was first seen.
  MonoTime since;
  /// The reorder window has passed: it is a gap.
  bool called = false;
};

/// A hole was called a gap, or a called one is closed: one log line each.
struct HoleChange {
  SymbolIndex symbol{};
  /// The ids that were missing when it was called.
  IdRange missing;
  bool closed = false;
  /// Time from the first sighting of the hole to now.
  std::chrono::nanoseconds age{};
};

class Sequencer {
 public:
  explicit Sequencer(SequencerOptions options) : options_(options) {}

  /// Adds the next symbol (indices are dense from 0). Without a position its first trade begins
  /// the tape. `open_gaps` are declared gaps that are still to be repaired.
  void add_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                  std::vector<IdRange> open_gaps);

  /// Forgets all of the symbol: no hole, nothing waiting, later trades of it are ignored.
  void remove_symbol(SymbolIndex symbol);
  /// The symbol is carried again, as if it had just been added.
  void restore_symbol(SymbolIndex symbol, std::optional<TradeId> position,
                      std::vector<IdRange> open_gaps);

  /// Takes one trade and appends what became acceptable.
  Verdict on_trade(Trade const& trade, MonoTime now, std::vector<Trade>& accepted) {
    Symbol& state = symbols_[value(trade.symbol)];
    if (trade.id == state.next && !state.holed) {
      state.next = next(trade.id);
      state.traded_at = trade.traded_at;
      accepted.push_back(trade);
      return Verdict::kAccepted;
    }
    return out_of_line(state, trade, now, accepted, false);
  }
  /// Takes a trade however far it is ahead of the tape.
  Verdict trust(Trade const& trade, MonoTime now, std::vector<Trade>& accepted) {
    return out_of_line(symbols_[value(trade.symbol)], trade, now, accepted, true);
  }
  /// Returns the number of ids by which a trade is ahead of all that is known of the symbol, if
  /// that is far.
  [[nodiscard]] std::optional<std::uint64_t> far_ahead(SymbolIndex symbol, TradeId id) const {
    return far_ahead(symbols_[value(symbol)], id);
  }

  /// The symbol's tape takes nothing any more, and stays where it is.
  void halt(SymbolIndex symbol);
  [[nodiscard]] bool halted(SymbolIndex symbol) const { return symbols_[value(symbol)].halted; }
  /// Returns the trade time of the newest accepted trade; empty while none was accepted.
  [[nodiscard]] std::optional<UtcTime> traded_at(SymbolIndex symbol) const;

  /// Begins the tape of a symbol that has none yet with this id.
  void begin(SymbolIndex symbol, TradeId first);

  /// A trade that came while nothing could be accepted: only that it exists is remembered.
  void forget(SymbolIndex symbol, TradeId id, MonoTime now);

  /// Marks holes whose reorder window has passed.
  void tick(MonoTime now);

  [[nodiscard]] std::optional<Hole> hole(SymbolIndex symbol) const;
  /// Symbols that have a hole. Order: by when the hole was first seen.
  [[nodiscard]] std::vector<SymbolIndex> const& holed() const noexcept { return holed_; }

  /// Returns whether the next trade behind the symbol's hole would be dropped.
  [[nodiscard]] bool full(SymbolIndex symbol) const;
  /// Returns whether trades behind the symbol's hole were dropped that are still missing.
  [[nodiscard]] bool has_forgotten(SymbolIndex symbol) const;
  /// Trades of the symbol that wait behind its hole.
  [[nodiscard]] std::size_t waiting(SymbolIndex symbol) const {
    return symbols_[value(symbol)].waiting.size();
  }

  /// Continues without the missing ids of the symbol's hole and returns them as a declared gap.
  IdRange declare(SymbolIndex symbol, MonoTime now, std::vector<Trade>& accepted);
  /// Continues without the first missing id of the symbol's hole, which is no declared gap.
  void skip(SymbolIndex symbol, MonoTime now, std::vector<Trade>& accepted);
  /// Gives up on ids of a declared gap that the exchange itself lacks.
  void abandon(SymbolIndex symbol, IdRange range);
  /// Replaces the declared gaps of the symbol, all of them behind its tape's end.
  void set_open_gaps(SymbolIndex symbol, std::vector<IdRange> open_gaps);
  /// Declared gaps of the symbol that are still missing, ascending.
  [[nodiscard]] std::vector<IdRange> const& open_gaps(SymbolIndex symbol) const;

  /// Returns the expected id; empty while the tape has not started.
  [[nodiscard]] std::optional<TradeId> expected(SymbolIndex symbol) const;
  /// Returns the highest id that is known of the symbol, accepted or not; empty while the tape has
  /// not started or is halted.
  [[nodiscard]] std::optional<TradeId> seen(SymbolIndex symbol) const;
  /// Returns the changes since the caller last cleared them.
  [[nodiscard]] std::vector<HoleChange>& changes() noexcept { return changes_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_total_; }
  [[nodiscard]] std::size_t symbols() const noexcept { return symbols_.size(); }

 private:
  struct Symbol {
    TradeId next{};
    UtcTime traded_at = kNoTime;  // of the newest accepted trade
    TradeId edge{};               // the highest id seen, accepted or not
    bool removed = false;
    bool halted = false;
    bool started = false;
    bool holed = true;  // the fast path is closed: not started, removed, or a hole
    bool listed = false;
    bool called = false;
    MonoTime since{};
    MonoTime opened_at{};
    IdRange called_range{};
    WaitingRoom waiting;
    std::vector<IdRange> open_gaps;
  };

  [[nodiscard]] static Symbol stand_at(std::optional<TradeId> position,
                                       std::vector<IdRange> open_gaps);
  Verdict out_of_line(Symbol& state, Trade const& trade, MonoTime now, std::vector<Trade>& accepted,
                      bool trusted);
  [[nodiscard]] std::optional<std::uint64_t> far_ahead(Symbol const& state, TradeId id) const;
  Verdict behind(Symbol& state, Trade const& trade, std::vector<Trade>& accepted);
  Verdict ahead(Symbol& state, Trade const& trade, MonoTime now);
  void drain(Symbol& state, SymbolIndex symbol, MonoTime now, std::vector<Trade>& accepted);
  void open_hole(Symbol& state, SymbolIndex symbol, TradeId seen, MonoTime now);
  void update_hole(Symbol& state, SymbolIndex symbol, MonoTime now);
  void call(Symbol& state, SymbolIndex symbol, MonoTime now);

  SequencerOptions options_;
  std::vector<Symbol> symbols_;
  std::vector<SymbolIndex> holed_;
  std::vector<HoleChange> changes_;
  std::size_t waiting_total_ = 0;
};

}  // namespace k2::flow
