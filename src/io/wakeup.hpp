// Wakes one sleeping thread from any other, without a lock; a signal sent before the sleep begins
// is not lost, several are one.
#pragma once

#include <chrono>
#include <optional>

namespace k2::io {

class Wakeup {
 public:
  /// Throws std::system_error when the process has no descriptors left (start-up only).
  Wakeup();
  ~Wakeup();
  Wakeup(Wakeup const&) = delete;
  Wakeup& operator=(Wakeup const&) = delete;

  /// Any thread; never blocks.
  void signal() noexcept;
  /// Sleeps until a signal, or for at most `time` when given, and takes the signals.
  void wait(std::optional<std::chrono::nanoseconds> time) noexcept;

 private:
  int descriptor_;
};

}  // namespace k2::io
