// SIGINT and SIGTERM as something to wait for, for programs without an event loop. Made before any
// thread is started: threads inherit that the signals are held back. One thread waits.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace k2::io {

class StopSignals {
 public:
  /// Holds the signals back from now on.
  StopSignals() noexcept;
  /// Lets them through again.
  ~StopSignals();
  StopSignals(StopSignals const&) = delete;
  StopSignals& operator=(StopSignals const&) = delete;

  /// Sleeps so long, or until a signal has come; the signal's number then.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds time) const noexcept;

 private:
  sigset_t signals_;
  sigset_t before_;
};

}  // namespace k2::io
