// The newest log lines, for the status page: a ring that log_event fills and the watch server
// reads. Any thread; events are rare, and outside of the data path of trades.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>

namespace k2::io {

class RecentEvents {
 public:
  static constexpr std::size_t kEventsMax = 100;

  /// A line in JSON; the oldest one makes room.
  void add(std::string line);
  /// All of them as one JSON array, the oldest first.
  [[nodiscard]] std::string json() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;  // guarded by mutex_
};

/// Returns the ring of this process.
[[nodiscard]] RecentEvents& recent_events();

}  // namespace k2::io
