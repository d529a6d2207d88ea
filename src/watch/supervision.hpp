// What a supervisor such as systemd is told of the stream, in the words of sd_notify: that it is
// ready, that it lives, that it reads its symbols again, that it ends. A stream of which a thread
// hangs (watch/health) is no longer said to live, so that its supervisor starts it anew. Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace k2::watch {

class Supervision {
 public:
  /// `watchdog` is how long the supervisor waits for a sign of life; nothing: it wants none.
  explicit Supervision(std::optional<std::chrono::nanoseconds> watchdog) : watchdog_(watchdog) {}

  /// What to say now, a line a fact; empty when there is nothing new. To be called about once a
  /// second, and when a reload begins.
  [[nodiscard]] std::string tell(Snapshot const& snapshot, bool reloading, MonoTime now);
  /// That the stream ends by itself or was told to; after it nothing is said any more.
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
