// The ids of one symbol that were accepted lately, one bit each, which the audit compares with the
// exchange's own counts. It is independent of the sequencer: it only knows whether an id passed. A
// window over the ids, which starts at one of them and is cut off behind as minutes are judged.
// Pure.
#pragma once

#include "core/ids.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace k2::flow {

class SeenIds {
 public:
  /// Begins anew: `first` and what follows will be marked, nothing is known of what is below.
  void begin(TradeId first);
  /// Frees everything; the next begin() starts over.
  void clear();

  /// Marks an id and returns whether it was new. Returns false also for an id outside of the
  /// window. Hot: no allocation.
  bool mark(TradeId id) noexcept {
    std::uint64_t const offset = word_of(id) - first_word_;
    if (offset >= words_.size()) return false;
    std::uint64_t& word = words_[word_of(id) & (words_.size() - 1)];
    std::uint64_t const bit = bit_of(id);
    bool const news = (word & bit) == 0;
    word |= bit;
    return news;
  }

  /// The bytes that the window needs in order to hold this id.
  [[nodiscard]] std::size_t bytes_to_hold(TradeId id) const noexcept;
  /// Grows the window so that it holds this id.
  void grow_to(TradeId id);
  /// Forgets all ids below this one, which will not be queried any more.
  void forget_below(TradeId id);

  [[nodiscard]] bool begun() const noexcept { return begun_; }
  /// The first id of the window: what is below is not known.
  [[nodiscard]] TradeId first() const noexcept { return first_; }
  [[nodiscard]] bool holds(TradeId id) const noexcept {
    return word_of(id) - first_word_ < words_.size();
  }
  [[nodiscard]] bool contains(TradeId id) const noexcept {
    return holds(id) && (words_[word_of(id) & (words_.size() - 1)] & bit_of(id)) != 0;
  }
  /// Returns the number of marked ids in the range.
  [[nodiscard]] std::uint64_t count(IdRange range) const noexcept;
  /// The first run of ids in the range that were not marked. The range begins in the window.
  [[nodiscard]] std::optional<IdRange> first_missing(IdRange range) const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept { return words_.size() * sizeof(std::uint64_t); }

 private:
  static constexpr std::uint64_t word_of(TradeId id) noexcept { return value(id) >> 6U; }
  static constexpr std::uint64_t bit_of(TradeId id) noexcept {
    return std::uint64_t{1} << (value(id) & 63U);
  }
  std::uint64_t first_word_ = 0;
  std::vector<std::uint64_t> words_;  // a ring; its size is a power of two, or 0
  TradeId first_{};
  bool begun_ = false;
};

}  // namespace k2::flow
