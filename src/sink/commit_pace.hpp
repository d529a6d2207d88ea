// When the next transaction may begin: a commit's time after the last one that had records, so a
// trade after a quiet time goes at once and what comes close together goes together; at once while
// more waits than one transaction takes. Pure; io/kafka_follower asks it.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace k2::sink {

class CommitPace {
 public:
  CommitPace(std::chrono::nanoseconds interval, std::uint64_t records_max) noexcept
      : interval_(interval), records_max_(records_max) {}

  /// A transaction that began then has taken so many records; none is no transaction.
  void on_gathered(MonoTime began, std::uint64_t records) noexcept {
    behind_ = records >= records_max_;
    if (records > 0) due_ = began + interval_;
  }

  /// How long the next one has to wait; zero when it may begin.
  [[nodiscard]] std::chrono::nanoseconds left(MonoTime now) const noexcept {
    if (behind_) return {};
    return std::max(std::chrono::nanoseconds::zero(), due_ - now);
  }

 private:
  std::chrono::nanoseconds interval_;
  std::uint64_t records_max_;
  MonoTime due_{};
  bool behind_ = false;
};

}  // namespace k2::sink
