// All lines of a shard: its streams are split into groups that a line may carry, each group has one
// seat, or two on different endpoints for good (`lines = 2`), and the audit's candles have seats of
// their own. All of them share what the exchange allows. Pure: events in, actions out.
#pragma once

#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/line_events.hpp"
#include "feed/race.hpp"
#include "feed/seat.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace k2::feed {

struct FeedOptions {
  /// Each carried from the start; its place is its SymbolIndex.
  std::vector<Symbol> symbols;
  std::size_t endpoints = 1;
  /// The number of connections that permanently carry each stream.
  std::size_t lines = 1;
  /// True when separate connections carry the one-minute candles.
  bool audit = false;
  /// Streams of one line at most.
  std::size_t streams_per_line = kStreamsPerLineMax;
  LineOptions line{};
  /// Connection attempts of this process in kConnectWindow.
  std::size_t connects_per_window = kConnectsPerWindow;
};

class Feed {
 public:
  Feed(FeedOptions options, Rng rng);
  Feed(Feed const&) = delete;
  Feed& operator=(Feed const&) = delete;

  void on(FeedEvent const& event, MonoTime now, FeedActions& out);

  /// Makes every connection due for rotation immediately.
  void rotate(MonoTime now) noexcept {
    for (Seat* const seat : seats_) seat->rotate(now);
  }

  /// Opens no connection before `until`, because the exchange demanded a pause of this process.
  void pause(MonoTime until) { supply_.budget.block(until); }

  /// Carries one more symbol, or one that was removed.
  void add_symbol(SymbolIndex index, Symbol const& symbol);
  void remove_symbol(SymbolIndex index);

  /// Any frame came on the line, pings included. Hot: no action ever follows.
  void frame_seen(LineId line, MonoTime now) noexcept {
    if (Seat* const seat = seat_of(line)) seat->frame_seen(line, now);
  }
  /// A trade came on the line. Hot.
  void trade_seen(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out) {
    Seat* const seat = seat_of(line);
    if (seat == nullptr) return;
    seat->data_seen(line, symbol, id, now, out);
    if (options_.lines > 1) race_.seen(place_of(*seat), symbol, id, now);
  }
  /// A candle that began at this time came on the line.
  void candle_seen(LineId line, SymbolIndex symbol, UtcTime open_at, MonoTime now,
                   FeedActions& out);

  /// Returns true once after trades began to flow again that no connection may have delivered in
  /// between. When one of two redundant connections fails, or one of candles, none is missed.
  [[nodiscard]] bool take_resumed();

  /// The time at which the next FeedTick is due.
  [[nodiscard]] MonoTime next_deadline() const;

  /// The state of the worst seat that carries trades; nothing while it has no line.
  [[nodiscard]] std::optional<LineState> state() const;
  /// Lines that carry trades and are live.
  [[nodiscard]] std::size_t live() const;
  [[nodiscard]] FeedCounts const& counts() const noexcept { return supply_.counts; }
  /// All lines, seat by seat: those of trades first.
  [[nodiscard]] std::vector<LineView> lines() const;
  /// The time of the next attempt for a missing connection of trades; empty while none is missing.
  [[nodiscard]] std::optional<MonoTime> reopens_at() const;
  /// The comparison of the connections that carry the same trades; empty without `lines = 2`.
  [[nodiscard]] std::vector<Runner> const& runners() const noexcept { return race_.runners(); }

 private:
  /// Streams that a line may carry, and the seats that carry them.
  struct Group {
    StreamKind kind{};
    std::vector<std::unique_ptr<Seat>> seats;
  };

  [[nodiscard]] Seat* seat_of(LineId line) noexcept {
    for (Seat* const seat : seats_) {
      if (seat->owns(line)) return seat;
    }
    return nullptr;
  }
  /// The index of a slot among those with the same streams.
  [[nodiscard]] std::size_t place_of(Seat const& seat) const noexcept;
  Group& group_with_room(StreamKind kind);
  void open_group(StreamKind kind);
  void carry(StreamKind kind, SymbolIndex index, Symbol const& symbol);
  void tick(MonoTime now, FeedActions& out);
  void stream_dead(SymbolIndex symbol, MonoTime now, FeedActions& out);
  [[nodiscard]] bool audit_may_start() const;

  FeedOptions options_;
  Rng rng_;
  LineSupply supply_;
  std::vector<Group> groups_;
  std::vector<Seat*> seats_;  // of all groups, those of trades first
  Race race_;
};

}  // namespace k2::feed
