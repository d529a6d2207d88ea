// The lines that carry one set of streams, and the decisions about them: when to open another, what
// to ask of it, when it has proven itself, when it is dead. Pure: events in, actions out; the shard
// in io/ performs them.
//
// Another line is the answer to every link trouble. One line carries the streams; when it is due
// for rotation, announced to be cut, silent or deaf, a successor opens beside it, and only when the
// successor has delivered every symbol that traded meanwhile, ids overlapping, the old one closes.
// Order and completeness of trades are flow's: both lines' trades go there.
#pragma once

#include "core/result.hpp"
#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/backoff.hpp"
#include "feed/limits.hpp"
#include "feed/overlap.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::feed {

/// The life of a line. Proving ends with market data that the old line has as well, or with any
/// when there is no other line: an acknowledged SUBSCRIBE proves nothing, since the exchange
/// acknowledges streams that it does not have.
enum class LineState : std::uint8_t { kConnecting, kProving, kLive, kDraining, kClosed };
[[nodiscard]] std::string_view line_state_name(LineState state) noexcept;

/// Open a connection to the endpoint with this index and upgrade it with this target.
struct OpenLine {
  LineId line{};
  std::size_t endpoint = 0;
  std::string target;
  /// "none" when no line stands, else the trouble of the one that does.
  std::string why;
  friend bool operator==(OpenLine const&, OpenLine const&) = default;
};
/// Send a text message.
struct SendText {
  LineId line{};
  std::string text;
  friend bool operator==(SendText const&, SendText const&) = default;
};
/// Send a ping of our own.
struct SendPing {
  LineId line{};
  friend bool operator==(SendPing const&, SendPing const&) = default;
};
/// Close the connection; no further event of this line counts.
struct CloseLine {
  LineId line{};
  friend bool operator==(CloseLine const&, CloseLine const&) = default;
};
/// A line changed its state: one log line and one count.
struct LineChanged {
  LineId line{};
  LineState from{};
  LineState to{};
  std::string reason;
  friend bool operator==(LineChanged const&, LineChanged const&) = default;
};

using FeedAction = std::variant<OpenLine, SendText, SendPing, CloseLine, LineChanged>;
using FeedActions = std::vector<FeedAction>;

/// The upgrade to WebSocket succeeded.
struct LineOpened {
  LineId line{};
};
/// The connection is gone, or never came to be.
struct LineClosed {
  LineId line{};
  Error error;
  /// What the exchange asked for with 429 or 418.
  std::optional<std::chrono::seconds> retry_after;
};
/// The exchange announced that it will cut this line.
struct LineShutdownAnnounced {
  LineId line{};
};
/// The exchange answered a ping of ours.
struct PongSeen {
  LineId line{};
};
/// Time has passed.
struct FeedTick {};

using FeedEvent = std::variant<LineOpened, LineClosed, LineShutdownAnnounced, PongSeen, FeedTick>;

struct FeedOptions {
  std::vector<Symbol> symbols;
  std::size_t endpoints = 1;
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
  /// How long two lines run side by side at least, so that symbols get to trade on both.
  std::chrono::nanoseconds overlap_min = std::chrono::seconds{5};
  /// A successor that has not proven itself by then is dropped, and the old line kept.
  std::chrono::nanoseconds proving_max = std::chrono::seconds{60};
};

/// What happened so far; all only grow.
struct FeedCounts {
  /// Lines lost unplanned, whatever the reason.
  std::uint64_t losses = 0;
  /// Lines that a proven successor replaced.
  std::uint64_t replacements = 0;
  /// Of those, the planned ones.
  std::uint64_t rotations = 0;
  std::uint64_t pings = 0;
  std::uint64_t pong_timeouts = 0;
};

class Feed {
 public:
  /// At most kStreamsPerLineMax symbols: more need more lines.
  Feed(FeedOptions options, Rng rng);

  void on(FeedEvent const& event, MonoTime now, FeedActions& out);

  /// Any frame came on the line, pings included. Hot: no action ever follows.
  void frame_seen(LineId line, MonoTime now) noexcept;
  /// A trade came on the line. Hot: acts only while a line proves itself.
  void trade_seen(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out) {
    if (!next_ && main_ && main_->id == line && main_->state == LineState::kLive) [[likely]] {
      main_->data_at = now;
      return;
    }
    prove(line, symbol, id, now, out);
  }

  /// When the next FeedTick is due.
  [[nodiscard]] MonoTime next_deadline() const;

  /// The state of the line that carries the streams; nothing while there is none.
  [[nodiscard]] std::optional<LineState> state() const;
  [[nodiscard]] FeedCounts const& counts() const noexcept { return counts_; }

 private:
  struct Line {
    LineId id{};
    LineState state = LineState::kConnecting;
    MonoTime opened_at;
    MonoTime frame_at;
    MonoTime data_at;
    MonoTime rotate_at;
    std::size_t subscribed = 0;  // symbols asked for so far
    MonoTime subscribe_at;
    MonoTime ping_at;
    std::optional<MonoTime> pinged_at;  // a ping of ours without its pong
  };
  /// Why the line that carries the streams is to be replaced.
  struct Trouble {
    std::string reason;
    /// Nothing comes from it any more: its successor need not wait for its data.
    bool dead = false;
  };

  [[nodiscard]] Line* find(LineId id) noexcept;
  [[nodiscard]] MonoTime trouble_deadline() const;
  [[nodiscard]] Line make_line(MonoTime now, FeedActions& out);
  void tick(MonoTime now, FeedActions& out);
  void tick_main(MonoTime now, FeedActions& out);
  void tick_next(MonoTime now, FeedActions& out);
  void keep_up(Line& line, MonoTime now, FeedActions& out);
  void look_for_trouble(MonoTime now);
  void on_opened(Line& line, MonoTime now, FeedActions& out);
  void on_closed(LineClosed const& closed, MonoTime now, FeedActions& out);
  void lose_main(MonoTime now, std::string reason, std::chrono::nanoseconds at_least,
                 FeedActions& out);
  void drop_next(MonoTime now, std::string reason, FeedActions& out);
  void prove(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out);
  void replace_if_proven(MonoTime now, FeedActions& out);
  void replace(FeedActions& out);
  void go_live(MonoTime now, FeedActions& out);
  void subscribe(Line& line, MonoTime now, FeedActions& out);
  void ping(Line& line, MonoTime now, FeedActions& out);
  void change(Line& line, LineState to, std::string reason, FeedActions& out);

  FeedOptions options_;
  Rng rng_;
  Backoff backoff_;
  ConnectBudget budget_;
  std::optional<Line> main_;  // carries the streams, or is on its way to
  std::optional<Line> next_;  // its successor
  std::optional<Trouble> trouble_;
  Overlap overlap_;
  std::chrono::nanoseconds data_silence_;
  MonoTime open_at_{};  // when the line that is wanted may be opened
  std::uint32_t lines_opened_ = 0;
  std::uint64_t requests_ = 0;
  FeedCounts counts_;
};

}  // namespace k2::feed
