// Ids that lie behind a tape's end and are not there: ascending, disjoint ranges. They grow only at
// the end, and shrink wherever a repair comes. Its owner keeps their number bounded with trim(),
// and accounts for what that drops. Pure.
#pragma once

#include "core/ids.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace k2::sink {

class MissingIds {
 public:
  /// Chosen: 16 KiB in memory and some 25 kB in a record of positions, which is written with each
  /// transaction that moves the symbol. Two hours of a gap each seven seconds, none of them
  /// filled, fit.
  static constexpr std::size_t kRangesMax = 1'024;

  MissingIds() = default;
  /// Ascending and disjoint, or what of it is.
  explicit MissingIds(std::span<IdRange const> ranges) {
    for (IdRange const range : ranges) add(range);
  }

  /// Adds ids behind all others; a range that is not behind them is left out.
  void add(IdRange range);
  /// Takes the id out; false when it was not missing.
  bool take(TradeId id);
  /// Takes all of these ids out; false when none was missing.
  bool close(IdRange range);
  /// Drops the oldest range and returns it while there are more than kRangesMax. To be called after
  /// add() and close() until it returns nothing.
  [[nodiscard]] std::optional<IdRange> trim();

  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  [[nodiscard]] std::vector<IdRange> const& ranges() const noexcept { return ranges_; }

  friend bool operator==(MissingIds const&, MissingIds const&) = default;

 private:
  std::vector<IdRange> ranges_;
};

}  // namespace k2::sink
