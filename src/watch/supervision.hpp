// Builds the sd_notify messages for a supervisor such as systemd: the stream is ready, alive,
// reloading its symbols, or stopping. A stream with a thread that hangs (watch/health) is no longer
// reported as alive, so that its supervisor restarts it. Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace k2::watch {

class Supervision {
 public:
  /// `watchdog` is the supervisor's time limit for a sign of life; empty if it requires none.
  explicit Supervision(std::optional<std::chrono::nanoseconds> watchdog) : watchdog_(watchdog) {}

  /// The message to send now, one fact per line; empty when there is nothing new. Called about once
  /// a second, and when a reload starts.
  [[nodiscard]] std::string tell(Snapshot const& snapshot, bool reloading, MonoTime now);
  /// The message that the stream ends, by itself or on request; nothing is sent after it.
  [[nodiscard]] std::string stop();

 private:
  std::optional<std::chrono::nanoseconds> watchdog_;
  std::optional<MonoTime> lived_;
  std::string status_;
  bool ready_ = false;
  bool reloading_ = false;
  bool stopped_ = false;
};

}  // namespace k2::watch
