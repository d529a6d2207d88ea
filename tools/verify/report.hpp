// What a comparison found, per symbol and in total, and whether that is clean. Pure.
#pragma once

#include "tools/verify/id_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace k2::verify {

/// What the store is held against.
enum class Against : std::uint8_t { kNothing, kLedger, kOfficial, kJournal, kTopic };

struct SymbolReport {
  std::string symbol;
  /// Different ids in the source.
  std::uint64_t published = 0;
  /// Different ids in the store.
  std::uint64_t stored = 0;
  /// Records that came over REST.
  std::uint64_t backfilled = 0;
  /// Records of the source whose id it had told before.
  std::uint64_t told_twice = 0;
  /// Records delivered after their gap had been declared.
  std::uint64_t late = 0;
  /// Stored ids before or behind all that an official file covers; no defect.
  std::uint64_t outside = 0;
  /// Ids that the store lacks and nothing declares.
  Defect missing;
  /// Ids that the store lacks and a gap in its table declares.
  Defect declared;
  /// Records whose id the store already held.
  Defect duplicate;
  /// Records, not LATE, behind one with a higher id.
  Defect out_of_order;
  /// Ids of which the two sides tell different things.
  Defect altered;
  /// Stored ids that the source lacks.
  Defect unexpected;
};

/// A defect that no trade id can name.
struct Finding {
  std::uint64_t count = 0;
  /// The first few, in words.
  std::vector<std::string> examples;

  void add(std::string example);
};

/// Declared gaps by what became of them.
struct GapCounts {
  std::uint64_t open = 0;
  std::uint64_t repaired = 0;
  std::uint64_t venue = 0;
  std::uint64_t elsewhere = 0;
};

struct Report {
  Against against = Against::kNothing;
  bool accept_declared = false;
  std::vector<SymbolReport> symbols;
  SymbolReport total;
  GapCounts gaps;
  std::uint64_t blocks = 0;
  std::uint64_t dead_letters = 0;
  /// Blocks that fail their checksum, and holes in the sequence of blocks.
  Finding invalid_blocks;
  /// Records whose fields contradict each other.
  Finding invalid_records;
  /// Why a topic that this one is compared with does not hold what it should itself.
  Finding invalid_source;
  /// Positions that do not say what the blocks say.
  Finding wrong_positions;
  /// Declared gaps that do not say what the records say.
  Finding wrong_gaps;
  /// What the reader should know besides, such as a ledger whose last line is cut.
  std::vector<std::string> notes;

  /// Sums the symbols up into `total`.
  void sum_up();
  /// True when there was something to compare at all.
  [[nodiscard]] bool compared() const noexcept;
  /// True when something was compared and no defect was found. Declared gaps are none when the
  /// store stands alone or the caller accepts them; against a source they are missing trades.
  [[nodiscard]] bool clean() const noexcept;
};

}  // namespace k2::verify
