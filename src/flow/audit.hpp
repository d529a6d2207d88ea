// The audit: an independent proof of completeness, minute by minute. The exchange's one-minute
// klines tell how many trades each closed minute had and their first and last id; held against
// them is what was accepted, one bit an id. Nothing here trusts the sequencer's own books.
//
// A minute is compared some seconds after its kline closed (trades may still be on their way),
// again while repair goes on, and called incomplete only when the patience has passed. A kline also
// heals: its ids exist, so what the tape lacks of them is found by it (revealed()).
// Minutes are bound to ids, never to trade times: it does not matter how the exchange rounds a
// time at a minute's border. Pure; one shard's thread; driven by Continuity.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"
#include "flow/seen_ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace k2::flow {

struct AuditOptions {
  bool enabled = false;
  /// From a kline to the first comparison. Chosen: beyond any delay between two streams.
  std::chrono::nanoseconds compare_after = std::chrono::seconds{3};
  /// From a closed kline until a minute is called incomplete that lacks ids of which nothing else
  /// knows. Ids that a hole or a declared gap lacks are waited for without an end.
  std::chrono::nanoseconds patience = std::chrono::minutes{3};
  /// Ids that are remembered of one symbol (one bit each); what is older is not judged.
  std::uint64_t ids_per_symbol_max = std::uint64_t{1} << 22U;
  /// Units: bytes of all windows together.
  std::size_t window_bytes_max = std::size_t{32} << 20U;
};

/// A one-minute kline as the exchange tells it.
/// Source: stream documentation, kline payload; a closed one has n = L - f + 1 where ids are
/// dense, and no ids when nothing traded.
struct MinuteKline {
  SymbolIndex symbol{};
  UtcTime open_at{};
  std::optional<IdRange> trades;
  std::uint64_t trade_count = 0;
  bool closed = false;
};

enum class MinuteResult : std::uint8_t {
  kComplete,
  kIncomplete,
  /// It was incomplete, and all that it lacked has arrived since.
  kHealed,
  /// Not to be judged: the tape began inside the minute, or the kline contradicts itself.
  kUnjudged,
};

/// The stable name, as the metric's label shows it.
[[nodiscard]] std::string_view minute_result_name(MinuteResult result) noexcept;

/// The result of one minute of one symbol. Each minute is judged once. An incomplete one is healed
/// later, when the missing trades arrive.
struct MinuteVerdict {
  SymbolIndex symbol{};
  UtcTime open_at{};
  MinuteResult result = MinuteResult::kUnjudged;
  /// What the exchange counted, and how many of its ids were accepted.
  std::uint64_t published = 0;
  std::uint64_t accepted = 0;
  /// The first run of ids that are missing; only of an incomplete minute.
  std::optional<IdRange> missing;
};

struct AuditCounts {
  std::uint64_t complete = 0;
  std::uint64_t incomplete = 0;
  /// Counts incomplete minutes that are complete by now.
  std::uint64_t healed = 0;
  std::uint64_t unjudged = 0;
  /// Ids that were accepted twice: always 0, or the sequencer is wrong.
  std::uint64_t doubled = 0;
};

/// Ids of which a kline says that they exist while the tape has not got them.
struct RevealedIds {
  SymbolIndex symbol{};
  IdRange ids;
};

class Audit {
 public:
  explicit Audit(AuditOptions options) : options_(options) {}

  /// Adds the next symbol; indices are dense from 0. Ids from `next` on are judged; without one
  /// the first accepted trade begins.
  void add_symbol(SymbolIndex symbol, std::optional<TradeId> next);
  /// Forgets all of the symbol; its klines are ignored until it is restored.
  void remove_symbol(SymbolIndex symbol);
  void restore_symbol(SymbolIndex symbol, std::optional<TradeId> next);

  /// A trade was accepted, late or not. Hot.
  void accepted(Trade const& trade) {
    if (!seen_[value(trade.symbol)].mark(trade.id) && !take_unmarked(trade)) [[unlikely]]
      return;
    if (healable_ > 0) [[unlikely]]
      heal(trade.symbol, trade.id);
  }
  /// A kline of any kind came, from any line, any number of times.
  void on_kline(MinuteKline const& kline, MonoTime now);
  /// An id that is known never to be accepted: it is not missing.
  void excuse(SymbolIndex symbol, TradeId id);
  /// Returns the number of ids of a range that the tape knows to be missing or has not reached.
  using KnownMissing = std::function<std::uint64_t(SymbolIndex, IdRange)>;
  /// Compares what is due.
  void tick(MonoTime now, KnownMissing const& known_missing);
  /// When tick() is due at the latest.
  [[nodiscard]] MonoTime next_deadline() const noexcept { return due_at_; }

  /// Returns false when a kline that names trades contradicts itself.
  [[nodiscard]] bool plausible(MinuteKline const& kline) const;

  /// Minutes that were judged since the caller last cleared it.
  [[nodiscard]] std::vector<MinuteVerdict>& verdicts() noexcept { return verdicts_; }
  /// What klines revealed since the caller last cleared it.
  [[nodiscard]] std::vector<RevealedIds>& revealed() noexcept { return revealed_; }
  [[nodiscard]] AuditCounts const& counts() const noexcept { return counts_; }
  /// Units: bytes of all windows.
  [[nodiscard]] std::size_t window_bytes() const noexcept { return window_bytes_; }

 private:
  struct Minute {
    MinuteKline kline;
    MonoTime compare_at;
    MonoTime give_up_at;
    bool revealed = false;
  };
  /// An incomplete minute that may still be healed.
  struct Lacking {
    MinuteVerdict verdict;
    IdRange ids;
  };
  struct Symbol {
    bool removed = false;
    std::optional<UtcTime> first_open;  // of the first minute ever told
    std::optional<UtcTime> last_open;   // of the last closed one
    std::vector<Minute> minutes;        // closed, not judged yet
    std::vector<Lacking> lacking;       // incomplete
  };

  [[nodiscard]] bool take_unmarked(Trade const& trade);
  void heal(SymbolIndex symbol, TradeId id);
  void keep_lacking(MinuteVerdict const& verdict, IdRange ids);
  void forget_lacking(Symbol& symbol);
  void resize(SymbolIndex symbol, TradeId to_hold);
  void watch(Symbol& symbol, SymbolIndex index);
  void compare(Symbol& symbol, SymbolIndex index, MonoTime now, KnownMissing const& known);
  [[nodiscard]] bool compare(Minute& minute, Symbol const& symbol, MonoTime now,
                             KnownMissing const& known);
  void judge(Minute const& minute, MinuteResult result, std::uint64_t accepted);
  void forget_judged(Symbol const& symbol, SymbolIndex index, TradeId judged_last);
  AuditOptions options_;
  std::vector<SeenIds> seen_;  // apart: all that a trade touches
  std::vector<Symbol> symbols_;
  std::vector<SymbolIndex> watched_;  // with minutes to compare
  MonoTime due_at_ = MonoTime::max();
  std::size_t window_bytes_ = 0;
  std::size_t healable_ = 0;  // incomplete minutes of all symbols that are remembered
  std::vector<MinuteVerdict> verdicts_;
  std::vector<RevealedIds> revealed_;
  AuditCounts counts_;
};

}  // namespace k2::flow
