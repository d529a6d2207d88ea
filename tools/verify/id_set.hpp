// Sets of numbers that are mostly runs: chunks that are done with, and defects of which a few
// examples suffice. Pure.
#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace k2::verify {

/// Numbers kept as runs; adding neighbours of what is there takes no memory.
class RunSet {
 public:
  void add(std::uint64_t number);
  [[nodiscard]] bool contains(std::uint64_t number) const;
  /// The lowest number of the set in first..last.
  [[nodiscard]] std::optional<std::uint64_t> first_in(std::uint64_t first,
                                                      std::uint64_t last) const;
  /// First and last of each run, ascending.
  [[nodiscard]] std::map<std::uint64_t, std::uint64_t> const& runs() const noexcept {
    return runs_;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;
};

/// The number of times that something was found, and the first few places.
class Defect {
 public:
  static constexpr std::size_t kExamplesMax = 10;

  void add(TradeId id) { add(IdRange{id, id}); }
  void add(IdRange ids);
  /// Takes the count alone, as a total does.
  void add_count(Defect const& other) noexcept { count(other.count_); }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The first ranges that were found; neighbours are one range.
  [[nodiscard]] std::vector<IdRange> const& examples() const noexcept { return examples_; }

 private:
  /// Stays at the largest number there is.
  void count(std::uint64_t more) noexcept;

  std::uint64_t count_ = 0;
  std::vector<IdRange> examples_;
};

/// Returns the ids as sorted ranges that neither overlap nor touch.
[[nodiscard]] std::vector<IdRange> merged(std::vector<IdRange> ranges);

/// The ids of `ranges` that `covers` lacks. Both are as merged() makes them.
[[nodiscard]] std::vector<IdRange> without(std::span<IdRange const> ranges,
                                           std::span<IdRange const> covers);

/// True when one of the ranges holds the id. They are as merged() makes them.
[[nodiscard]] bool contains(std::span<IdRange const> ranges, TradeId id);

/// Divides a range into what lies outside of `covers` and what lies inside. The covers are as
/// merged() makes them.
void split_by(std::span<IdRange const> covers, IdRange ids, Defect& outside, Defect& inside);

}  // namespace k2::verify
