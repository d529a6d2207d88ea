// The process's supervisor, if it wishes notifications: the datagram socket that systemd names in
// NOTIFY_SOCKET, and its watchdog time. The content is decided by watch/supervision. The stream's
// thread.
#pragma once

#include "core/result.hpp"
#include "watch/supervision.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace k2::io {

/// One end of a supervisor's socket. It never blocks: text that the socket does not accept is sent
/// together with the next, up to a bound.
class NotifySocket {
 public:
  /// `name` is a path, or @name of the abstract kind; one that is empty takes nothing.
  /// Errors: kConfigInvalid for a name that is neither or too long, kSocketFailed.
  [[nodiscard]] static Result<NotifySocket> open(std::string_view name);
  NotifySocket(NotifySocket&& other) noexcept;
  NotifySocket& operator=(NotifySocket&& other) noexcept;
  ~NotifySocket();

  void say(std::string_view text);

 private:
  NotifySocket() = default;

  std::string address_;
  std::string unsaid_;
  int descriptor_ = -1;
};

/// The watchdog's time by WATCHDOG_USEC and WATCHDOG_PID, empty when not set; nothing when it is
/// meant for another process.
[[nodiscard]] std::optional<std::chrono::nanoseconds> watchdog_time(std::string_view usec,
                                                                    std::string_view pid,
                                                                    int own_pid);

class Supervisor {
 public:
  /// Reads the environment; without NOTIFY_SOCKET nothing is sent. An invalid socket is logged, and
  /// the stream runs all the same.
  Supervisor();

  /// Sends the state of the last published snapshot, null before the first; `reloading`: the
  /// symbols are being read again.
  void tell(watch::Snapshot const* snapshot, bool reloading);
  void stop();

 private:
  std::optional<NotifySocket> socket_;
  watch::Supervision supervision_;
};

}  // namespace k2::io
