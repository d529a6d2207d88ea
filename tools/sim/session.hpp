// One WebSocket connection as the exchange sees it: its subscriptions, its budget of messages, its
// pings. Pure; the Exchange owns it.
#pragma once

#include "core/time.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/stream_target.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace k2::sim {

/// The most messages that may come in within any second; pings, pongs and requests all count.
/// Source: the exchange's stream documentation, limits (read 2026-11-23); a rolling window as
/// measured by others.
inline constexpr std::size_t kMessagesPerSecondMax = 5;

/// True at most kMessagesPerSecondMax times within any second.
class MessageBudget {
 public:
  /// Counts a message; false when it is one too many.
  [[nodiscard]] bool take(MonoTime now) noexcept;

 private:
  std::array<std::optional<MonoTime>, kMessagesPerSecondMax> taken_{};
  std::size_t next_ = 0;
};

struct Session {
  SessionId id{};
  bool combined = false;
  TimeUnit unit = TimeUnit::kMillisecond;
  /// The streams in the order in which they were subscribed.
  std::vector<std::string> streams;
  MessageBudget budget;

  MonoTime next_ping{};
  /// Set while a ping is unanswered.
  std::optional<MonoTime> pong_deadline;
  /// Set when connections are cut after a time.
  std::optional<MonoTime> cut_at;

  // The effects of faults on it.
  /// A frame that is held back until the next one went out, or until this moment.
  std::string held;
  std::optional<MonoTime> held_until;
  /// Streams whose data begins only at this moment.
  std::map<std::string, MonoTime, std::less<>> late;
  /// Its link carries nothing.
  bool link_held = false;
  /// True when the exchange has forgotten it without a message to the client.
  bool abandoned = false;
};

}  // namespace k2::sim
