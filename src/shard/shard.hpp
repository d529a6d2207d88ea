// The shard: the road of a trade from a line's frame to the journal's door, put together from the
// pure machines of feed (lines, decoder), flow (continuity) and sink (blocks). It is pure itself:
// told what sockets, REST and the clock bring, it says what to do in its outbox.
//
// What drives it: io/shard_runner with real sockets, tests/simulation with a simulated world. Both
// drive this very class. One thread; no locks.
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

/// How far a tape has come in the topic that several processes share, and what it lacks behind.
struct TopicStand {
  TradeId last{};
  std::vector<IdRange> missing{};
};

/// A symbol to record, and where its tape stands.
struct ShardSymbol {
  Symbol symbol;
  /// The currency that its prices are in.
  std::string currency;
  /// The last id that is durable; nothing when its tape has not begun.
  std::optional<TradeId> position{};
  /// Declared gaps that are still to be repaired.
  std::vector<IdRange> open_gaps{};
  /// Where a tape without a position begins; nothing for its first live trade.
  std::optional<TradeId> first{};
  /// Ids that another process delivered, which are not in the journal.
  std::vector<IdRange> elsewhere{};
  /// Where others may have brought the tape meanwhile.
  std::optional<TopicStand> topic{};
};

struct ShardOptions {
  std::vector<ShardSymbol> symbols;
  /// The symbols are filled in by the shard.
  feed::FeedOptions feed{};
  flow::ContinuityOptions continuity;
  std::uint64_t next_sequence = 1;
  /// How long trades may wait to be stored together.
  std::chrono::nanoseconds block_delay = std::chrono::milliseconds{5};
};

/// A reply of the exchange's REST interface, whatever its status.
struct RestReply {
  int status = 0;
  std::string body;
  /// Units: request weight of the running minute, by the exchange's own count.
  std::optional<std::uint32_t> used_weight;
  std::optional<std::chrono::seconds> retry_after;
};

/// How long trades took, stage by stage.
struct StageLatency {
  /// From the exchange's event time until the bytes were here, less what the clocks differ by.
  Histogram exchange_receive;
  /// From there until the trade was accepted: long for what waited for a repair.
  Histogram receive_accepted;
};

/// How the shard is doing.
struct ShardStatus {
  flow::ContinuityCounts counts;
  flow::AuditCounts audit;
  /// The state of the worst line that carries trades.
  std::optional<feed::LineState> line;
  std::size_t lines_live = 0;
  feed::FeedCounts lines;
  /// How the lines with the same streams compare; empty without `lines = 2`.
  std::vector<feed::Runner> runners;
  std::size_t holes = 0;
  /// Symbols whose ids have started over.
  std::size_t tapes_restarted = 0;
  std::size_t waiting = 0;
  std::uint64_t dead_letters = 0;
  /// Those of them that were only counted, not kept.
  std::uint64_t dead_letters_dropped = 0;
  bool admits = true;
  /// What the next accepted trade is numbered.
  std::uint64_t next_sequence = 0;
  /// How old the newest trade was when it was received; negative when the clocks disagree.
  std::chrono::microseconds last_trade_lag{};
};

class Shard {
 public:
  /// `journal` outlives the shard.
  Shard(ShardOptions options, sink::BatchDoor& journal, Rng rng, MonoTime now);

  /// Time has passed, or begins: opens lines, plans repairs, hands over what is due.
  void tick(Now const& now);
  /// When tick() is due at the latest.
  [[nodiscard]] MonoTime next_deadline() const noexcept;

  /// Carries these symbols from now on, and no others.
  void carry(std::vector<ShardSymbol> symbols, Now const& now);
  /// Carries one more symbol. One that was removed goes on where it stopped, whatever `symbol` says
  /// of its tape, or behind the topic if that is further; one that is carried already is left
  /// alone.
  void add_symbol(ShardSymbol symbol, Now const& now);
  /// Carries the symbol no more. What of it was accepted is stored; what was still missing is
  /// fetched when the symbol is carried again.
  void remove_symbol(Symbol const& symbol, Now const& now);

  /// Replaces every line, make before break.
  void rotate(Now const& now) {
    feed_.rotate(now.mono);
    tick(now);
  }

  /// The exchange's clock less ours, for the latency from there; zero until it is told.
  void set_clock_offset(std::chrono::microseconds offset) noexcept { clock_offset_ = offset; }

  void on_line_opened(LineId line, Now const& now);
  /// `retry_after` is what the exchange asked for when it refused the line.
  void on_line_closed(LineId line, Error const& why,
                      std::optional<std::chrono::seconds> retry_after, Now const& now);
  void on_pong(LineId line, Now const& now);
  /// A text frame, behind which 64 bytes must be readable. Hot.
  void on_text(LineId line, std::string_view frame, Now const& received);
  /// The frames that came together have all been told.
  void on_batch_end(LineId line, Now const& received);
  /// The answer to a Fetch.
  void on_rest_reply(flow::RestRequest const& request, Result<RestReply> const& reply,
                     Now const& now);

  /// Hands all accepted trades to the journal; false when it did not take them all yet.
  [[nodiscard]] bool flush() { return writer_.flush_all(); }

  /// What is to be done and said; whoever does it clears it.
  [[nodiscard]] Outbox& outbox() noexcept { return outbox_; }
  [[nodiscard]] ShardStatus status() const;
  /// The request weight that the exchange allows an address in a minute.
  void set_weight_limit(std::uint32_t per_minute) { continuity_.budget().set_limit(per_minute); }
  [[nodiscard]] Symbol const& symbol(SymbolIndex index) const { return symbols_[index]; }
  /// How many symbols it has carried; those that it carries no more keep their place.
  [[nodiscard]] std::size_t symbols() const noexcept { return symbols_.size(); }
  [[nodiscard]] bool carries(SymbolIndex index) const { return !parked_.contains(index); }
  [[nodiscard]] flow::Continuity const& continuity() const noexcept { return continuity_; }
  [[nodiscard]] feed::Feed const& feed() const noexcept { return feed_; }
  [[nodiscard]] feed::TradeDecoder const& decoder() const noexcept { return decoder_; }
  /// When the newest accepted trade was received; the epoch while there is none.
  [[nodiscard]] UtcTime last_received() const noexcept { return last_received_; }
  [[nodiscard]] StageLatency const& latency() const noexcept { return latency_; }

 private:
  void begin_tape(SymbolIndex index, ShardSymbol symbol, MonoTime now);
  void take_up(ShardSymbol symbol, Now const& now);
  void put_down(SymbolIndex index);
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
  /// Where the tapes of removed symbols stopped.
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
