// Decides when the next transaction may begin: one commit interval after the last one that had
// records, so that a trade after a quiet time goes immediately and trades close together share a
// transaction. While more records wait than one transaction takes, the next one follows without a
// pause. Pure; sink/delivery_driver uses it.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace k2::sink {

class CommitPace {
 public:
  explicit CommitPace(std::chrono::nanoseconds interval) noexcept : interval_(interval) {}

  /// A transaction that began at this time took so many records; `full` when it took as many as it
  /// may. Without records it was none.
  void on_gathered(MonoTime began, std::uint64_t records, bool full) noexcept {
    behind_ = full;
    if (records > 0) due_ = began + interval_;
  }

  /// Returns how long the next transaction has to wait; zero when it may begin.
  [[nodiscard]] std::chrono::nanoseconds left(MonoTime now) const noexcept {
    if (behind_) return {};
    return std::max(std::chrono::nanoseconds::zero(), due_ - now);
  }

 private:
  std::chrono::nanoseconds interval_;
  MonoTime due_{};
  bool behind_ = false;
};

}  // namespace k2::sink
