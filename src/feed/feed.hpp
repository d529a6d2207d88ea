// The set of lines that carry one set of streams, and the decisions about them: when to open
// another, what to ask of it, when it has proven itself, when it is dead. Pure: events in, actions
// out; the shard in io/ performs them. Another line is the answer to every link trouble.
//
// It does not look at trades beyond "data came": order and completeness are flow's.
#pragma once

#include "core/result.hpp"
#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/backoff.hpp"
#include "feed/limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::feed {

/// The life of a line. Proving ends with the first market data: an acknowledged SUBSCRIBE proves
/// nothing, since the exchange acknowledges streams that it does not have.
enum class LineState : std::uint8_t { kConnecting, kProving, kLive, kClosed };
[[nodiscard]] std::string_view line_state_name(LineState state) noexcept;

/// Open a connection to the endpoint with this index and upgrade it with this target.
struct OpenLine {
  LineId line{};
  std::size_t endpoint = 0;
  std::string target;
  friend bool operator==(OpenLine const&, OpenLine const&) = default;
};
/// Send a text message.
struct SendText {
  LineId line{};
  std::string text;
  friend bool operator==(SendText const&, SendText const&) = default;
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

using FeedAction = std::variant<OpenLine, SendText, CloseLine, LineChanged>;
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
/// Time has passed.
struct FeedTick {};

using FeedEvent = std::variant<LineOpened, LineClosed, LineShutdownAnnounced, FeedTick>;

struct FeedOptions {
  std::vector<Symbol> symbols;
  std::size_t endpoints = 1;
  BackoffOptions backoff{};
  std::chrono::nanoseconds connect_timeout = kConnectTimeout;
  std::chrono::nanoseconds frame_silence_max = kFrameSilenceMax;
  /// A line without market data for this long is replaced; each replacement that stays silent as
  /// well doubles the wait, up to kQuietWaitMax: a quiet market makes no storm.
  std::chrono::nanoseconds data_silence = std::chrono::seconds{30};
};

class Feed {
 public:
  /// At most kStreamsPerLineMax symbols: more need more lines.
  Feed(FeedOptions options, Rng rng);

  void on(FeedEvent const& event, MonoTime now, FeedActions& out);

  /// Any frame came on the line, pings included. Hot: no action ever follows.
  void frame_seen(LineId line, MonoTime now) noexcept;
  /// Market data came on the line: it is proven. Hot: acts on the first call only.
  void data_seen(LineId line, MonoTime now, FeedActions& out) {
    if (line_ && line_->id == line && line_->state == LineState::kLive) {
      line_->frame_at = line_->data_at = now;
      return;
    }
    first_data(line, now, out);
  }

  /// When the next FeedTick is due.
  [[nodiscard]] MonoTime next_deadline() const;

  [[nodiscard]] std::optional<LineState> state() const;
  /// Lines lost since the start, whatever the reason.
  [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }

 private:
  struct Line {
    LineId id{};
    LineState state = LineState::kConnecting;
    MonoTime opened_at;
    MonoTime frame_at;
    MonoTime data_at;
    std::size_t subscribed = 0;  // symbols asked for so far
    MonoTime subscribe_at;
  };

  void open(MonoTime now, FeedActions& out);
  void lose(MonoTime now, std::string reason, std::chrono::nanoseconds at_least, FeedActions& out);
  void on_opened(MonoTime now, FeedActions& out);
  void on_closed(LineClosed const& closed, MonoTime now, FeedActions& out);
  void tick(MonoTime now, FeedActions& out);
  void subscribe(MonoTime now, FeedActions& out);
  void first_data(LineId line, MonoTime now, FeedActions& out);
  void change(LineState to, std::string reason, FeedActions& out);

  FeedOptions options_;
  Backoff backoff_;
  ConnectBudget budget_;
  std::optional<Line> line_;
  std::chrono::nanoseconds data_silence_;
  MonoTime open_at_{};  // when no line stands: when to open the next
  std::uint32_t lines_opened_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t losses_ = 0;
};

}  // namespace k2::feed
