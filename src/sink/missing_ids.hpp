// Ids that lie behind a tape's end and are not there: ascending, disjoint ranges, bounded in
// number. They grow only at the end, and shrink wherever a repair comes. Pure.
#pragma once

#include "core/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace k2::sink {

class MissingIds {
 public:
  /// Chosen: a record of positions then takes some 10 kB at most; a day with a gap each few
  /// minutes fits.
  static constexpr std::size_t kRangesMax = 256;

  MissingIds() = default;
  /// Ascending and disjoint, or what of it is.
  explicit MissingIds(std::span<IdRange const> ranges) {
    for (IdRange const range : ranges) add(range);
  }

  /// Adds ids behind all others; a range that is not behind them is left out. Beyond kRangesMax
  /// the oldest range is given up, and counted.
  void add(IdRange range);
  /// Takes the id out; false when it was not missing.
  bool take(TradeId id);
  /// Takes all of these ids out; false when none was missing.
  bool close(IdRange range);

  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  [[nodiscard]] std::vector<IdRange> const& ranges() const noexcept { return ranges_; }
  /// Ranges that were given up for want of room.
  [[nodiscard]] std::uint64_t given_up() const noexcept { return given_up_; }

  friend bool operator==(MissingIds const&, MissingIds const&) = default;

 private:
  std::vector<IdRange> ranges_;
  std::uint64_t given_up_ = 0;
};

}  // namespace k2::sink
