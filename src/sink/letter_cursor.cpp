#include "sink/letter_cursor.hpp"

#include <algorithm>
#include <utility>

namespace k2::sink {

std::optional<std::uint64_t> LetterCursor::due(MonoTime now) const noexcept {
  return now < alone_until_ ? std::nullopt : delivered_;
}

void LetterCursor::committed() noexcept {
  if (!aboard_) return;
  delivered_ = std::exchange(aboard_, std::nullopt);
  pause_ = {};
}

void LetterCursor::forget(MonoTime now) noexcept {
  delivered_.reset();
  if (!std::exchange(aboard_, std::nullopt)) return;
  pause_ = std::clamp(2 * pause_, kPauseFirst, kPauseMax);
  alone_until_ = now + pause_;
}

}  // namespace k2::sink
