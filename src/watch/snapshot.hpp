// The stream at one moment, as its thread publishes it each second: all that scrapes, the status
// page and the health verdicts show. Plain values; once published it never changes, so that the
// watch server's thread reads it without a lock.
#pragma once

#include "core/histogram.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::watch {

using Seconds = std::chrono::duration<double>;
/// Counts by a label's value.
using CountsBy = std::vector<std::pair<std::string_view, std::uint64_t>>;

struct LineSnapshot {
  std::uint32_t id = 0;
  /// The permanent name of its place: "trade.0", "kline_1m.0".
  std::string place;
  std::string_view kind;
  std::string_view state;
  std::string endpoint;
  std::size_t streams = 0;
  bool successor = false;
  Seconds age{};
  Seconds silent{};
  Seconds rotates_in{};
};

/// Lines with the same streams, compared.
struct RunnerSnapshot {
  std::uint64_t firsts = 0;
  std::uint64_t seconds = 0;
  std::uint64_t lost = 0;
  std::uint64_t leads = 0;
  std::chrono::nanoseconds lead_total{};
};

struct SymbolSnapshot {
  std::string symbol;
  /// The generation of its tape.
  std::uint32_t generation = 0;
  /// Its tape takes nothing: its ids have started over.
  bool halted = false;
  std::uint64_t received = 0;
  /// Over the last second.
  double per_second = 0;
  /// The newest id of its tape; empty while that has not started.
  std::optional<TradeId> last;
  std::uint64_t missing = 0;
  /// The time since its latest trade, at most as long as it is watched.
  Seconds quiet{};
};

/// Ids that are missing now.
struct GapSnapshot {
  std::string symbol;
  IdRange ids;
  /// hole: later trades wait for them. declared: delivery has continued.
  std::string_view state;
};

struct Links {
  /// Every stream of trades has a live line.
  bool live = false;
  std::vector<LineSnapshot> lines;
  std::vector<RunnerSnapshot> runners;
  Seconds lifetime_limit{};
  std::uint64_t attempts = 0;
  CountsBy errors;
  CountsBy rotations;
  CountsBy reconnects;
  Seconds reconnect_delay{};
  CountsBy frames;
  std::uint64_t frame_errors = 0;
  std::uint64_t bytes = 0;
  std::uint64_t pings = 0;
  std::uint64_t pongs = 0;
  std::uint64_t pong_timeouts = 0;
  std::optional<UtcTime> last_pong;
  Seconds round_trip{};
  bool tls_verified = true;
  std::optional<UtcTime> last_message;
  std::optional<Seconds> clock_offset;
};

struct Tape {
  std::vector<SymbolSnapshot> symbols;
  /// The first of them; `holes` and the missing ids count all.
  std::vector<GapSnapshot> gaps;
  std::uint64_t accepted = 0;
  double per_second = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t backfilled = 0;
  std::uint64_t late = 0;
  std::uint64_t forgotten = 0;
  std::size_t holes = 0;
  /// Symbols whose ids have started over: their tapes are halted.
  std::size_t restarted = 0;
  /// Trades with ids far ahead that were held aside, and those that nothing confirmed.
  std::uint64_t suspects = 0;
  std::uint64_t implausible = 0;
  std::uint64_t missing_in_holes = 0;
  std::uint64_t missing_declared = 0;
  std::uint64_t gaps_declared = 0;
  CountsBy gap_changes;
  std::size_t waiting = 0;
  std::size_t waiting_limit = 0;
  bool admitting = true;
  std::uint64_t dead_letters = 0;
  std::uint64_t dead_letters_dropped = 0;
  CountsBy audit_minutes;
  std::uint64_t audit_doubled = 0;
  Histogram exchange_receive;
  Histogram receive_accepted;
};

struct Rest {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint32_t weight_used = 0;
  std::uint32_t weight_limit = 0;
  bool blocked = false;
};

struct JournalSnapshot {
  std::uint64_t commits = 0;
  std::chrono::nanoseconds commit_time{};
  std::uint64_t failures = 0;
  bool failing = false;
  /// Its file was deleted or replaced while it was open.
  bool lost = false;
  std::size_t waiting_batches = 0;
  /// The time since its thread's loop last ran.
  Seconds turned{};
  std::uint64_t waiting_trades = 0;
  std::uint64_t bytes = 0;
  std::uint64_t disk_free = 0;
  std::uint64_t disk_size = 0;
  std::uint64_t retired_blocks = 0;
  std::uint64_t retired_trades = 0;
  std::uint64_t retired_letters = 0;
  Histogram receive_durable;
};

struct KafkaSnapshot {
  std::uint64_t produced = 0;
  std::uint64_t failures = 0;
  std::uint64_t commits = 0;
  bool failing = false;
  bool fenced = false;
  /// True while the group has this process as a member.
  bool member = false;
  /// The partitions that it delivers, ascending.
  std::vector<std::int32_t> owned;
  /// The time since its thread's loop last ran.
  Seconds turned{};
  std::uint64_t rebalances = 0;
  std::uint64_t aborts = 0;
  std::uint64_t producers_replaced = 0;
  std::uint64_t transaction_limit = 0;
  /// Ranges of missing ids that were given up at the limit.
  std::uint64_t given_up = 0;
  /// Partitions beyond kafka.partitions that the group assigned to this process.
  std::uint64_t surplus = 0;
  Histogram receive_committed;
  std::uint64_t lag_records = 0;
  Seconds lag{};
  std::size_t serializers = 0;
  std::uint64_t evictions = 0;
};

struct Process {
  UtcTime started{};
  Seconds cpu{};
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t vms_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  double leak_score = 0;
  double leak_mb_per_hour = 0;
};

struct Snapshot {
  Now at{};
  std::string version;
  std::string commit;
  bool per_symbol = true;
  Links links;
  Tape tape;
  Rest rest;
  JournalSnapshot journal;
  /// Nothing while trades end in the journal.
  std::optional<KafkaSnapshot> kafka;
  Process process;
};

}  // namespace k2::watch
