// The progress of delivery of this journal's dead letters. They are part of transactions of trades,
// and must never delay these: after one with dead letters failed, trades go alone for a while.
// Pure; driven by sink/delivery.
#pragma once

#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace k2::sink {

class LetterCursor {
 public:
  /// Time that trades go alone after a failure, doubled from the first to the second. Chosen: a
  /// dead letter that Kafka refuses is refused again.
  static constexpr std::chrono::seconds kPauseFirst{1};
  static constexpr std::chrono::seconds kPauseMax{60};

  /// The topic holds all letters up to this number; 0 for none.
  void known(std::uint64_t number) noexcept { delivered_ = number; }
  [[nodiscard]] bool is_known() const noexcept { return delivered_.has_value(); }
  /// The number behind which letters are due; nothing while that is not known, or trades go alone.
  [[nodiscard]] std::optional<std::uint64_t> due(MonoTime now) const noexcept;
  /// The open transaction carries letters up to this number.
  void board(std::uint64_t number) noexcept { aboard_ = number; }
  [[nodiscard]] std::optional<std::uint64_t> aboard() const noexcept { return aboard_; }

  void committed() noexcept;
  /// The open transaction was not committed, as far as is known: the topic must be queried.
  void forget(MonoTime now) noexcept;

 private:
  std::optional<std::uint64_t> delivered_;
  std::optional<std::uint64_t> aboard_;
  std::chrono::seconds pause_{};
  MonoTime alone_until_ = MonoTime::min();
};

}  // namespace k2::sink
