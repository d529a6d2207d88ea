// The number of records that the next transaction may take. A transaction must end well within
// transaction.timeout.ms, whatever the link to the brokers carries. The size therefore starts
// small, doubles while transactions are quick, and follows the measured rate when they are not.
// Pure; sink/delivery_driver uses it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace k2::sink {

class TransactionSize {
 public:
  /// Chosen: a link of 10 KB/s carries these within the transaction timeout.
  static constexpr std::uint64_t kStart = 2'000;
  static constexpr std::uint64_t kLeast = 50;
  /// The time that a full transaction should take at most. Chosen: a fifth of the transaction
  /// timeout of 10 s (io/kafka_producer).
  static constexpr std::chrono::seconds kTarget{2};

  explicit TransactionSize(std::uint64_t most) noexcept
      : most_(std::max(most, kLeast)), limit_(std::min(kStart, most_)) {}

  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

  /// A transaction of so many records was committed in this time.
  void on_committed(std::uint64_t records, std::chrono::nanoseconds took) noexcept {
    if (took > kTarget) {
      // The rate is measured over what was sent, which may be less than the limit.
      auto const share =
          static_cast<double>(kTarget.count()) / std::chrono::duration<double>(took).count();
      set(static_cast<std::uint64_t>(static_cast<double>(records) * share));
    } else if (records >= limit_ && took <= kTarget / 2) {
      set(limit_ * 2);
    }
  }

  /// A transaction failed or was aborted after this time. A quick failure is no evidence about the
  /// size.
  void on_failed(std::chrono::nanoseconds took) noexcept {
    if (took > kTarget) set(limit_ / 2);
  }

 private:
  void set(std::uint64_t limit) noexcept { limit_ = std::clamp(limit, kLeast, most_); }

  std::uint64_t most_;
  std::uint64_t limit_;
};

}  // namespace k2::sink
