// Decides when the schema registry is queried again for an id in use: once for each subject when a
// connection to Kafka is new, and every few minutes after that. One subject at a time, because the
// answer is awaited between two transactions. Pure; io/topic_schemas sends the queries.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace k2::sink {

class SchemaPace {
 public:
  /// Interval between two rounds. Chosen: a registry that was wiped is detected before many readers
  /// of new records come, and three requests in five minutes are negligible.
  static constexpr std::chrono::minutes kInterval{5};
  /// The pause after a registry that did not answer: doubled from the first to the second.
  static constexpr std::chrono::seconds kRetryFirst{60};
  static constexpr std::chrono::minutes kRetryMax{16};

  /// A pace for this many subjects (at least 1), the first of which is due immediately.
  explicit SchemaPace(std::size_t subjects) noexcept : subjects_(subjects) {}

  /// Returns the number of the subject that is due, if one is.
  [[nodiscard]] std::optional<std::size_t> due(MonoTime now) const noexcept {
    return now >= due_ ? std::optional{next_} : std::nullopt;
  }

  /// Records that the due subject was queried.
  void on_asked(bool answered, MonoTime now) noexcept {
    if (!answered) {
      due_ = now + retry_;
      retry_ = std::min<std::chrono::nanoseconds>(retry_ * 2, kRetryMax);
      return;
    }
    retry_ = kRetryFirst;
    next_ = (next_ + 1) % subjects_;
    if (next_ == 0) due_ = now + kInterval;
  }

 private:
  std::size_t subjects_;
  std::size_t next_ = 0;
  MonoTime due_ = MonoTime::min();
  std::chrono::nanoseconds retry_ = kRetryFirst;
};

}  // namespace k2::sink
