#include "flow/seen_ids.hpp"

#include <algorithm>
#include <utility>

namespace k2::flow {
namespace {

/// Chosen: one cache line, 512 ids.
constexpr std::size_t kWordsMin = 8;

}  // namespace

void SeenIds::begin(TradeId first) {
  clear();
  first_ = first;
  first_word_ = word_of(first);
  begun_ = true;
}

void SeenIds::clear() {
  std::vector<std::uint64_t>{}.swap(words_);
  begun_ = false;
}

std::size_t SeenIds::bytes_to_hold(TradeId id) const noexcept {
  std::uint64_t const words = word_of(id) - first_word_ + 1;
  return std::max<std::uint64_t>(std::bit_ceil(words), kWordsMin) * sizeof(std::uint64_t);
}

void SeenIds::grow_to(TradeId id) {
  std::vector<std::uint64_t> grown(bytes_to_hold(id) / sizeof(std::uint64_t), 0);
  for (std::size_t offset = 0; offset < words_.size(); ++offset) {
    std::uint64_t const index = first_word_ + offset;
    grown[index & (grown.size() - 1)] = words_[index & (words_.size() - 1)];
  }
  words_ = std::move(grown);
}

void SeenIds::forget_below(TradeId id) {
  if (id <= first_) return;
  std::uint64_t const until = std::min(word_of(id), first_word_ + words_.size());
  for (std::uint64_t index = first_word_; index < until; ++index) {
    words_[index & (words_.size() - 1)] = 0;
  }
  first_ = id;
  first_word_ = word_of(id);
}

std::uint64_t SeenIds::count(IdRange range) const noexcept {
  std::uint64_t marked = 0;
  std::uint64_t const first = std::max(word_of(range.first), first_word_);
  std::uint64_t const end = std::min(word_of(range.last) + 1, first_word_ + words_.size());
  for (std::uint64_t index = first; index < end; ++index) {
    std::uint64_t bits = words_[index & (words_.size() - 1)];
    if (index == word_of(range.first)) bits &= ~(bit_of(range.first) - 1);
    if (index == word_of(range.last)) bits &= bit_of(range.last) | (bit_of(range.last) - 1);
    marked += static_cast<std::uint64_t>(std::popcount(bits));
  }
  return marked;
}

std::optional<IdRange> SeenIds::first_missing(IdRange range) const noexcept {
  TradeId first = range.first;
  while (first <= range.last && contains(first)) first = next(first);
  if (first > range.last) return std::nullopt;
  TradeId end = first;
  while (end <= range.last && !contains(end)) {
    if (!holds(end)) return IdRange{first, range.last};
    end = next(end);
  }
  return IdRange{first, previous(end)};
}

}  // namespace k2::flow
