// A connection slot owns the WebSocket connection that carries one set of streams, and during a
// rotation also its successor. It decides when to open, subscribe, hand over and close; it performs
// no I/O (events in, actions out) and runs on the shard's thread.
//
// Every connection problem is handled by opening another connection. When the current one is due
// for rotation, is about to be shut down by the exchange, or stops delivering, the slot opens a
// successor next to it. The old connection is closed only after the successor has delivered every
// symbol that traded in the meantime, with overlapping ids. Trades of both connections go to
// flow/sequencer, which removes duplicates and restores the order.
#pragma once

#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/backoff.hpp"
#include "feed/limits.hpp"
#include "feed/line_events.hpp"
#include "feed/overlap.hpp"
#include "feed/streams.hpp"
#include "feed/subscriptions.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace k2::feed {

/// A line that has delivered for so many of the first waits is sound: its loss starts them over. A
/// minute, with the usual wait of a second: what is cut each few seconds is not worth hurrying for.
inline constexpr int kSoundAfterWaits = 60;

/// The connection policy, shared by all slots.
struct LineOptions {
  BackoffOptions backoff{};
  std::chrono::nanoseconds connect_timeout = kConnectTimeout;
  std::chrono::nanoseconds frame_silence_max = kFrameSilenceMax;
  /// A line without market data for this long gets a successor; each one that stays silent as well
  /// doubles the wait, up to kQuietWaitMax: a quiet market makes no storm.
  std::chrono::nanoseconds data_silence = std::chrono::seconds{30};
  /// Age at which a line is rotated; up to a tenth of it earlier, drawn per line.
  std::chrono::nanoseconds lifetime = std::chrono::hours{4};
  std::chrono::nanoseconds ping_interval = std::chrono::seconds{180};
  std::chrono::nanoseconds ping_timeout = std::chrono::seconds{10};
  /// The minimum time for which two connections run side by side, so that symbols can trade on
  /// both.
  std::chrono::nanoseconds overlap_min = std::chrono::seconds{5};
  /// A successor that lacks what the old line brings is dropped then, and the old line kept.
  std::chrono::nanoseconds proving_max = std::chrono::seconds{60};
};

/// Counts since the start; all only grow.
struct FeedCounts {
  /// Connection attempts.
  std::uint64_t connects = 0;
  /// Connections lost unplanned, for any reason.
  std::uint64_t losses = 0;
  /// Lines that a proven successor replaced.
  std::uint64_t replacements = 0;
  /// The planned part of the replacements.
  std::uint64_t rotations = 0;
  std::uint64_t pings = 0;
  std::uint64_t pong_timeouts = 0;
};

/// The state that all connections of the process share.
struct LineSupply {
  ConnectBudget budget{kConnectsPerWindow, kConnectWindow};
  std::uint32_t lines_opened = 0;
  std::uint64_t requests = 0;
  FeedCounts counts{};
};

/// The state of a connection, for metrics and the status page.
struct LineView {
  LineId id{};
  StreamKind kind{};
  /// The index of its slot among those for this kind.
  std::size_t seat = 0;
  LineState state{};
  /// True while it runs next to the connection it will replace.
  bool successor = false;
  std::size_t streams = 0;
  MonoTime opened_at;
  /// The time of the latest market data.
  MonoTime data_at;
  MonoTime rotate_at;
};

struct SeatPlace {
  StreamKind kind = StreamKind::kTrade;
  /// The endpoint that the seat likes best, of so many.
  std::size_t endpoint = 0;
  std::size_t endpoints = 1;
};

class Seat {
 public:
  /// `options` and `supply` outlive the seat.
  Seat(LineOptions const& options, LineSupply& supply, SeatPlace place, Rng rng);

  /// Streams to carry from now on; more than kStreamsPerLineMax are a bug of the caller.
  void add(SymbolIndex index, Symbol const& symbol);
  void remove(SymbolIndex index);
  [[nodiscard]] std::size_t streams() const noexcept { return wanted_.size(); }

  [[nodiscard]] bool owns(LineId line) const noexcept {
    return (main_ && main_->id == line) || (next_ && next_->id == line);
  }
  void on_opened(LineId line, MonoTime now, FeedActions& out);
  void on_closed(LineClosed const& closed, MonoTime now, FeedActions& out);
  void on_shutdown_announced(LineId line, MonoTime now, FeedActions& out);
  void on_pong(LineId line);
  void on_answer(RequestAnswered const& answer, MonoTime now, FeedActions& out);
  /// No line brings the symbol's trades although there are some: the line gets a successor, and
  /// while that does not help, the next one each time later.
  void on_stream_dead(SymbolIndex symbol, MonoTime now, FeedActions& out);
  void tick(MonoTime now, FeedActions& out);
  /// Makes the connection due for rotation immediately.
  void rotate(MonoTime now) noexcept {
    if (main_) main_->rotate_at = now;
  }

  /// Any frame came on the line, pings included. Hot: no action ever follows.
  void frame_seen(LineId line, MonoTime now) noexcept;
  /// Market data came on the line; `id` grows along a symbol's stream. Hot: acts only while a line
  /// proves itself.
  void data_seen(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out) {
    if (!next_ && main_ && main_->id == line && main_->state == LineState::kLive) [[likely]] {
      main_->data_at = now;
      return;
    }
    prove(line, symbol, id, now, out);
  }

  /// Returns true once after the streams began to flow again and frames may have been missed.
  [[nodiscard]] bool take_resumed() noexcept { return std::exchange(resumed_, false); }
  /// The time at which the next tick() is due.
  [[nodiscard]] MonoTime next_deadline() const;
  /// The state of the line that carries the streams; nothing while there is none.
  [[nodiscard]] std::optional<LineState> state() const;
  /// Appends the seat's lines.
  void view(std::vector<LineView>& out) const;
  /// The time of the next connection attempt; empty while connected.
  [[nodiscard]] std::optional<MonoTime> reopens_at() const;

 private:
  struct Line {
    LineId id{};
    LineState state = LineState::kConnecting;
    MonoTime opened_at;
    MonoTime frame_at;
    MonoTime data_at;
    MonoTime rotate_at;
    Subscriptions subscriptions;
    MonoTime ping_at;
    std::optional<MonoTime> live_at{};
    std::optional<MonoTime> pinged_at{};   // a ping of ours without its pong
    std::optional<MonoTime> lacking_at{};  // since when the old line brings what this one does not
  };
  /// The reason why the connection that carries the streams must be replaced.
  struct Trouble {
    LineReason reason{};
    /// Nothing comes from it any more: its successor need not wait for its data.
    bool dead = false;
    /// It brought data after all.
    bool recovered = false;
  };

  [[nodiscard]] Line* find(LineId id) noexcept;
  [[nodiscard]] MonoTime trouble_deadline() const;
  [[nodiscard]] MonoTime successor_deadline() const;
  [[nodiscard]] MonoTime silent_until() const;
  [[nodiscard]] std::vector<Symbol> names() const;
  [[nodiscard]] Line make_line(MonoTime now, FeedActions& out);
  void open_wanted(MonoTime now, FeedActions& out);
  void close_all(FeedActions& out);
  void tick_main(MonoTime now, FeedActions& out);
  void tick_next(MonoTime now, FeedActions& out);
  void keep_up(Line& line, MonoTime now, FeedActions& out);
  void look_for_trouble(MonoTime now);
  void lose_main(MonoTime now, LineReason reason, std::string detail,
                 std::chrono::nanoseconds at_least, FeedActions& out);
  void drop_next(MonoTime now, LineReason reason, std::string detail, FeedActions& out);
  void prove(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out);
  void watch_lack(MonoTime now);
  void replace_if_proven(MonoTime now, FeedActions& out);
  void replace(FeedActions& out);
  void go_live(MonoTime now, FeedActions& out);
  void note_life(MonoTime now);
  [[nodiscard]] MonoTime allowed_at(MonoTime now) const;
  void ping(Line& line, MonoTime now, FeedActions& out);
  static void change(Line& line, LineState to, LineReason reason, FeedActions& out,
                     std::string detail = {});

  LineOptions const& options_;
  LineSupply& supply_;
  SeatPlace place_;
  Rng rng_;
  Backoff backoff_;
  struct Stream {
    SymbolIndex index{};
    Symbol symbol;
  };
  std::vector<Stream> wanted_;
  std::vector<bool> carries_;  // by SymbolIndex
  std::optional<Line> main_;   // carries the streams, or is on its way to
  std::optional<Line> next_;   // its successor
  std::optional<Trouble> trouble_;
  Overlap overlap_;
  MonoTime compared_at_{};  // since when both lines could bring the same
  std::chrono::nanoseconds data_silence_;
  MonoTime dead_stream_at_{};  // from then on a dead stream counts again
  std::chrono::nanoseconds dead_stream_wait_;
  std::size_t failures_ = 0;  // since a line lived long: other endpoints come in turn
  MonoTime open_at_{};        // earliest time of the next attempt
  bool resumed_ = false;
};

}  // namespace k2::feed
