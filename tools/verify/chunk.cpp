#include "tools/verify/chunk.hpp"

namespace k2::verify {

bool Presence::add(TradeId id, Content const& content) noexcept {
  auto const place = value(id) % kChunkIds;
  std::uint64_t& word = words_[place / 64];
  auto const bit = std::uint64_t{1} << (place % 64);
  if ((word & bit) != 0) return false;
  word |= bit;
  ++count_;
  whole_ms_ = whole_ms_ && is_whole_ms(content.time);
  sum_us_ += fingerprint(id, content);
  sum_ms_ += fingerprint(id, cut_to(TimeUnit::kMilliseconds, content));
  return true;
}

TimeUnit Presence::common_unit(Presence const& left, Presence const& right) noexcept {
  return left.whole_ms_ || right.whole_ms_ ? TimeUnit::kMilliseconds : TimeUnit::kMicroseconds;
}

bool Presence::agree(Presence const& left, Presence const& right) noexcept {
  if (left.words_ != right.words_) return false;
  return common_unit(left, right) == TimeUnit::kMilliseconds ? left.sum_ms_ == right.sum_ms_
                                                             : left.sum_us_ == right.sum_us_;
}

}  // namespace k2::verify
