// The actions and log notes that a shard has decided: its shell performs and clears them after each
// event, in order. Connections first, then requests, then notes.
#pragma once

#include "core/result.hpp"
#include "feed/feed.hpp"
#include "feed/frame_kind.hpp"
#include "flow/audit.hpp"
#include "flow/backfill.hpp"
#include "flow/sequencer.hpp"
#include "sink/notices.hpp"
#include "sink/tape_name.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace k2::shard {

/// Requests a target of the exchange's REST interface; the reply goes to Shard::on_rest_reply().
struct Fetch {
  flow::RestRequest request;
  std::string target;
};

/// A frame was put among the dead letters.
struct FrameRefused {
  feed::FrameKind kind{};
  Error why;
};
/// The exchange refused a request that was sent on a line.
struct RequestRefused {
  Error why;
};
/// A REST request brought nothing.
struct RestFailed {
  std::string symbol;
  /// 0 when no reply came.
  int status = 0;
  Error why;
};
/// A trade whose id is far ahead of its tape was confirmed by nothing: it is a dead letter.
struct TradeImplausible {
  std::string symbol;
  TradeId id{};
  /// The id that the tape expects next; empty while it has not started.
  std::optional<TradeId> expected{};
};
/// The ids of a symbol have started over: its tape is halted.
struct TapeRestarted {
  std::string symbol;
  TradeId expected{};
  TradeId seen{};
};
/// A halted tape was closed, and the next generation begins.
struct TapeOpened {
  sink::TapeRestart restart;
};
/// A gap was declared, or a piece of one was repaired or given up.
struct GapNoted {
  sink::DeclaredGap gap;
};
/// Accepting stopped because the journal was full, or resumes.
struct AdmissionChanged {
  bool open = true;
  /// Trades forgotten so far: they are fetched again.
  std::uint64_t forgotten = 0;
};

/// Other symbols are carried from now on; both may be empty.
struct SymbolsChanged {
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

using Note = std::variant<FrameRefused, RequestRefused, RestFailed, TradeImplausible, TapeRestarted,
                          TapeOpened, GapNoted, AdmissionChanged, SymbolsChanged, flow::HoleChange,
                          flow::MinuteVerdict>;

struct Outbox {
  /// The actions on connections (open, send, ping, close) and, among them, their changes of state.
  feed::FeedActions lines;
  std::vector<Fetch> fetches;
  std::vector<Note> notes;

  [[nodiscard]] bool empty() const noexcept {
    return lines.empty() && fetches.empty() && notes.empty();
  }
};

}  // namespace k2::shard
