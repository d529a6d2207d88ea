// The result of a comparison, per symbol and in total: the defects, what could be checked of the
// request, and the verdict. Pure.
#pragma once

#include "core/time.hpp"
#include "tools/verify/id_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace k2::verify {

/// The source that the store is compared with.
enum class Against : std::uint8_t { kNothing, kLedger, kOfficial, kJournal, kTopic };

/// A report's verdict.
enum class Outcome : std::uint8_t {
  /// Everything that was to be checked was checked, and nothing is wrong.
  kClean,
  /// Something is wrong.
  kNotClean,
  /// Nothing is known to be wrong, and not everything could be checked.
  kUnknown,
};

/// An end of the range of ids in which a tape was checked, and where it is known from.
struct CoverageEnd {
  std::optional<TradeId> id{};
  /// Such as "position" or "ledger".
  std::string from{};
};

/// The checked part of one tape.
struct Coverage {
  CoverageEnd first{};
  CoverageEnd last{};
  /// Different ids of the range that the store has.
  std::uint64_t read = 0;
  /// Ids of the range that are missing in open gaps.
  std::uint64_t open = 0;
  /// Ids of the range, or of a source, that could not be checked.
  std::uint64_t unchecked = 0;
};

struct SymbolReport {
  std::string symbol;
  /// Different ids in the source.
  std::uint64_t published = 0;
  /// Different ids in the store.
  std::uint64_t stored = 0;
  /// Records that came over REST.
  std::uint64_t backfilled = 0;
  /// Records of the source whose id it had before.
  std::uint64_t told_twice = 0;
  /// Records delivered after their gap had been declared.
  std::uint64_t late = 0;
  /// Stored ids before or behind all that an official file covers; no defect.
  std::uint64_t outside = 0;
  /// Ids that the store lacks and nothing declares.
  Defect missing;
  /// Ids that the store lacks and a gap in its table declares.
  Defect declared;
  /// The part of the declared ids that is in an open gap: the exchange may still have them.
  Defect open;
  /// Records whose id the store already held.
  Defect duplicate;
  /// Records behind one with a higher id, but for LATE ones of which a gap was declared.
  Defect out_of_order;
  /// Ids of which the two sides tell different things.
  Defect altered;
  /// Ids of which the source itself tells different things.
  Defect contradictory;
  /// Stored ids that the source lacks.
  Defect unexpected;
  /// Ids between others of the source that neither side has, outside of what the store covers.
  Defect unproven;
  Coverage coverage;
};

/// A defect that no trade id can name.
struct Finding {
  std::uint64_t count = 0;
  /// The first few, in words.
  std::vector<std::string> examples;

  void add(std::string example);
  /// Takes over what another one found.
  void add(Finding const& other);
};

/// Declared gaps by what became of them.
struct GapCounts {
  std::uint64_t open = 0;
  std::uint64_t repaired = 0;
  std::uint64_t venue = 0;
  std::uint64_t elsewhere = 0;
};

/// The request: what was to be checked.
struct Asked {
  UtcTime since = UtcTime::min();
  UtcTime until = UtcTime::max();
  bool accept_declared = false;
  bool from_first_stored = false;
  bool to_last_stored = false;
};

struct Report {
  Against against = Against::kNothing;
  Asked asked;
  std::vector<SymbolReport> symbols;
  SymbolReport total;
  GapCounts gaps;
  std::uint64_t blocks = 0;
  std::uint64_t dead_letters = 0;
  /// The limit at which the store deleted its oldest trades, such as "at journal.max_bytes"; they
  /// were not checked. Empty when none were deleted.
  std::string_view retired_by{};
  /// Times of the first and the last of the checked trades.
  std::optional<UtcTime> first_time;
  std::optional<UtcTime> last_time;
  /// Blocks that fail their checksum, and holes in the sequence of blocks.
  Finding invalid_blocks;
  /// Records whose fields contradict each other.
  Finding invalid_records;
  /// Defects of the store that this one is compared with.
  Finding invalid_source;
  /// Positions that do not say what the blocks say.
  Finding wrong_positions;
  /// Declared gaps that do not say what the records say.
  Finding wrong_gaps;
  /// Requested checks that could not be performed.
  Finding unread;
  /// Further notes for the reader of the report.
  std::vector<std::string> notes;

  /// Sums the symbols up into `total`.
  void sum_up();
  /// True when there was something to compare at all.
  [[nodiscard]] bool compared() const noexcept;
  /// True when missing trades in declared gaps are no defect.
  [[nodiscard]] bool declared_is_accepted() const noexcept;
  [[nodiscard]] Outcome outcome() const noexcept;
  [[nodiscard]] bool clean() const noexcept { return outcome() == Outcome::kClean; }
};

}  // namespace k2::verify
