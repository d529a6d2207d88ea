// The shard: the data path of a trade from a connection's frame to the journal, composed of the
// pure machines of feed (connections, decoder), flow (continuity) and sink (blocks). It is pure
// itself: events of sockets, REST and the clock come in, and its outbox holds the resulting
// actions.
//
// io/shard_runner drives it with real sockets, tests/simulation with a simulated world. Both drive
// this very class. One thread; no locks.
#pragma once

#include "core/histogram.hpp"
#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "feed/feed.hpp"
#include "feed/rest_reader.hpp"
#include "feed/trade_decoder.hpp"
#include "flow/continuity.hpp"
#include "shard/outbox.hpp"
#include "shard/tape_writer.hpp"
#include "sink/lost_ids.hpp"
#include "sink/tape_name.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::shard {

/// The last id of a tape in the topic that several processes share, and the ids missing below it.
struct TopicStand {
  TradeId last{};
  std::vector<IdRange> missing{};
};

/// A symbol to record, and the position of its tape.
struct ShardSymbol {
  Symbol symbol;
  /// The currency that its prices are in.
  std::string currency;
  /// The last id that is durable; empty when its tape has not started.
  std::optional<TradeId> position{};
  /// Declared gaps that are still to be repaired.
  std::vector<IdRange> open_gaps{};
  /// The first id of a tape without a position; empty: its first live trade.
  std::optional<TradeId> first{};
  /// Ids that another process delivered, which are not in the journal.
  std::vector<IdRange> elsewhere{};
  /// The position that other processes may have reached in the meantime.
  std::optional<TopicStand> topic{};
  /// The generation of its tape (sink/tape_name).
  std::uint32_t generation = 0;
};

struct ShardOptions {
  std::vector<ShardSymbol> symbols;
  /// The symbols are filled in by the shard.
  feed::FeedOptions feed{};
  flow::ContinuityOptions continuity;
  std::uint64_t next_sequence = 1;
  /// The longest time for which trades may wait to be stored together.
  std::chrono::nanoseconds block_delay = std::chrono::milliseconds{5};
};

/// A reply of the exchange's REST interface, with any status.
struct RestReply {
  int status = 0;
  std::string body;
  /// Units: request weight of the running minute, by the exchange's own count.
  std::optional<std::uint32_t> used_weight;
  std::optional<std::chrono::seconds> retry_after;
};

/// The latencies of trades, by stage.
struct StageLatency {
  /// The time from the exchange's event time to the receipt of the bytes, less the difference of
  /// the clocks.
  Histogram exchange_receive;
  /// The time from the receipt to acceptance; long for trades that waited for a backfill.
  Histogram receive_accepted;
};

/// The state and counts of the shard, for metrics and health.
struct ShardStatus {
  flow::ContinuityCounts counts;
  flow::AuditCounts audit;
  /// The state of the worst line that carries trades.
  std::optional<feed::LineState> line;
  std::size_t lines_live = 0;
  feed::FeedCounts lines;
  /// The comparison of the connections with the same streams; empty without `lines = 2`.
  std::vector<feed::Runner> runners;
  std::size_t holes = 0;
  /// Symbols whose ids have started over.
  std::size_t tapes_restarted = 0;
  std::size_t waiting = 0;
  std::uint64_t dead_letters = 0;
  /// The part of them that was only counted, not kept.
  std::uint64_t dead_letters_dropped = 0;
  bool admits = true;
  /// The number of the next accepted trade.
  std::uint64_t next_sequence = 0;
  /// The age of the newest trade when it was received; negative when the clocks disagree.
  std::chrono::microseconds last_trade_lag{};
};

class Shard {
 public:
  /// `journal` outlives the shard.
  Shard(ShardOptions options, sink::BatchDoor& journal, Rng rng, MonoTime now);

  /// Time has passed, or begins: opens lines, plans repairs, hands over what is due.
  void tick(Now const& now);
  /// The latest time at which tick() is due.
  [[nodiscard]] MonoTime next_deadline() const noexcept;

  /// Carries these symbols from now on, and no others.
  void carry(std::vector<ShardSymbol> symbols, Now const& now);
  /// Carries one more symbol. One that was removed continues where it stopped, independent of the
  /// position in `symbol`, or behind the topic if that is further; one that is already carried is
  /// not changed.
  void add_symbol(ShardSymbol symbol, Now const& now);
  /// Carries the symbol no more. What of it was accepted is stored; what was still missing is
  /// fetched when the symbol is carried again.
  void remove_symbol(Symbol const& symbol, Now const& now);

  /// Fetches these ids again, except for those that are being fetched and those of a symbol that
  /// is not carried or whose tape has not started.
  void reopen(sink::SymbolIds const& lost, Now const& now);

  /// Closes the tape of a symbol whose ids have started over, and begins the next generation with
  /// `first`, or with the first live trade. The journal stores both together.
  /// Errors: kConfigInvalid, naming the state, when the symbol is not carried or its tape is not
  /// halted; kBusy while the journal accepts nothing. Nothing has changed then.
  [[nodiscard]] Result<sink::TapeRestart> restart_tape(Symbol const& symbol,
                                                       std::optional<TradeId> first,
                                                       Now const& now);

  /// Replaces every line, make before break.
  void rotate(Now const& now) {
    feed_.rotate(now.mono);
    tick(now);
  }

  /// Sets the exchange's clock less ours, for the latency from there; zero until it is known.
  void set_clock_offset(std::chrono::microseconds offset) noexcept { clock_offset_ = offset; }

  void on_line_opened(LineId line, Now const& now);
  /// Handles the end of a connection; `retry_after` is the pause that the exchange demanded when it
  /// refused it.
  void on_line_closed(LineId line, Error const& why,
                      std::optional<std::chrono::seconds> retry_after, Now const& now);
  void on_pong(LineId line, Now const& now);
  /// A text frame, behind which 64 bytes must be readable. Hot.
  void on_text(LineId line, std::string_view frame, Now const& received);
  /// Ends a batch of frames that arrived together.
  void on_batch_end(LineId line, Now const& received);
  /// The answer to a Fetch.
  void on_rest_reply(flow::RestRequest const& request, Result<RestReply> const& reply,
                     Now const& now);

  /// Hands all accepted trades to the journal; false when it did not take them all yet.
  [[nodiscard]] bool flush() { return writer_.flush_all(); }

  /// The pending actions and notes; the shell that performs them clears it.
  [[nodiscard]] Outbox& outbox() noexcept { return outbox_; }
  [[nodiscard]] ShardStatus status() const;
  /// The request weight that the exchange allows an address in a minute.
  void set_weight_limit(std::uint32_t per_minute) { continuity_.budget().set_limit(per_minute); }
  [[nodiscard]] Symbol const& symbol(SymbolIndex index) const { return symbols_[index]; }
  /// The number of symbols ever carried; removed ones keep their place.
  [[nodiscard]] std::size_t symbols() const noexcept { return symbols_.size(); }
  /// The generation of the symbol's tape.
  [[nodiscard]] std::uint32_t generation(SymbolIndex index) const;
  [[nodiscard]] bool carries(SymbolIndex index) const { return !parked_.contains(index); }
  [[nodiscard]] flow::Continuity const& continuity() const noexcept { return continuity_; }
  [[nodiscard]] feed::Feed const& feed() const noexcept { return feed_; }
  [[nodiscard]] feed::TradeDecoder const& decoder() const noexcept { return decoder_; }
  /// The time at which the newest accepted trade was received; the epoch while there is none.
  [[nodiscard]] UtcTime last_received() const noexcept { return last_received_; }
  [[nodiscard]] StageLatency const& latency() const noexcept { return latency_; }

 private:
  void begin_tape(SymbolIndex index, ShardSymbol symbol, MonoTime now);
  void take_up(ShardSymbol symbol, Now const& now);
  void put_down(SymbolIndex index);
  void note_gaps(std::vector<sink::DeclaredGap> gaps);
  void catch_up_with_topic(SymbolIndex index, ShardSymbol& symbol, Now const& now);
  void feed_event(feed::FeedEvent const& event, Now const& now);
  void on_other_frame(LineId line, feed::FrameKind kind, std::string_view frame, Error const& why,
                      Now const& received);
  void take_candle(LineId line, feed::Kline const& kline, Now const& received);
  void take_reply(LineId line, bool refused, Error const& why, Now const& received);
  void refuse_frame(feed::FrameKind kind, std::string_view frame, Error const& why,
                    Now const& received);
  void on_rows(flow::RestRequest const& request, RestReply const& reply, Now const& now);
  void rest_failed(flow::RestRequest const& request, int status, Error const& why,
                   std::optional<std::chrono::seconds> retry_after, Now const& now);
  [[nodiscard]] bool keep_once(SymbolIndex symbol, TradeId id);
  void take_doubts(Now const& now);
  void plan_fetches(Now const& now);
  void settle(Now const& now);
  void measure(std::span<Trade const> accepted, Now const& now);
  [[nodiscard]] std::vector<sink::DeclaredGap> take_gaps();
  void admit(bool open);

  SymbolTable symbols_;
  feed::Feed feed_;
  feed::TradeDecoder decoder_;
  feed::RestReader rest_reader_;
  flow::Continuity continuity_;
  TapeWriter writer_;
  Outbox outbox_;
  std::vector<flow::RestRequest> requests_;
  std::chrono::microseconds last_trade_lag_{};
  std::chrono::microseconds clock_offset_{};
  UtcTime last_received_{};
  StageLatency latency_;
  /// The positions at which the tapes of removed symbols stopped.
  struct Parked {
    std::optional<TradeId> expected;
    std::vector<IdRange> open_gaps;
  };
  std::map<SymbolIndex, Parked> parked_;
  std::map<SymbolIndex, std::vector<IdRange>> elsewhere_;
  bool admitting_ = true;
  /// Rows of REST that are among the dead letters. Chosen: many times what one page shows; past
  /// that a row may be kept twice.
  static constexpr std::size_t kKeptRowsMax = 4'096;
  std::set<std::pair<SymbolIndex, TradeId>> kept_rows_;
};

}  // namespace k2::shard
