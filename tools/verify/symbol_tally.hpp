// One symbol's comparison while both accounts are read: takes trades of either side in any order,
// discards chunks in which both sides are complete and equal, and reports the defects at the end.
// Pure; memory is bounded by how far the two sides are apart and by what differs, and time by what
// was read: a range of ids that nobody has costs nothing, however long it is.
#pragma once

#include "tools/verify/chunk.hpp"
#include "tools/verify/id_set.hpp"
#include "tools/verify/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace k2::verify {

/// A symbol's declared gaps. All ranges are as merged() makes them.
struct DeclaredIds {
  /// Missing ids that the exchange may still have.
  std::vector<IdRange> open{};
  /// These, and those that nobody will bring.
  std::vector<IdRange> excused{};
  /// Every gap that was ever declared: its records may come LATE.
  std::vector<IdRange> ever{};
};

/// The ids of a source that count.
struct Bounds {
  /// Ids before the first stored one are not missing.
  bool from_first_stored = false;
  /// Ids behind the last stored one are not missing.
  bool to_last_stored = false;
  /// Stored ids before or behind the source's are no defect: it covers a part of the time.
  bool source_is_part = false;
  /// Set if a part of the time was checked: the ends of the tape are then unknown.
  bool is_window = false;
  /// Ids up to this one were deleted at the store's limit: they are not missing.
  std::optional<TradeId> retired{};
  /// The id up to which the store reaches according to its own table.
  std::optional<TradeId> position{};
  /// The range of each file of the source, from its first id to its last. As merged() makes them.
  std::vector<IdRange> source_ranges{};
};

/// The origin of a stored record.
struct Delivery {
  bool late = false;
  bool from_rest = false;
  /// The source claims to have all trades of the time at which it was matched.
  bool in_source_time = false;
};

/// A chunk whose contents must be compared one by one.
struct Suspect {
  std::uint64_t chunk = 0;
  TimeUnit unit = TimeUnit::kMicroseconds;
};

class SymbolTally {
 public:
  /// Without a source, a chunk is done when the store's side is complete.
  explicit SymbolTally(bool has_source) noexcept : has_source_(has_source) {}

  void add_stored(TradeId id, Content const& content, Delivery delivery);
  void add_source(TradeId id, Content const& content);
  /// Counts an id whose contents a second look has found to differ.
  void add_altered(TradeId id) { report_.altered.add(id); }
  /// Counts an id of which the source tells different things.
  void add_contradictory(TradeId id) { report_.contradictory.add(id); }

  /// Counts what is missing, declared and unexpected.
  void finish(DeclaredIds const& gaps, Bounds const& bounds);
  /// Returns the chunks that both sides have a part of without agreeing, and those in which the
  /// source has an id twice with different content. Call it after finish().
  [[nodiscard]] std::vector<Suspect> suspects() const;

  [[nodiscard]] SymbolReport const& report() const noexcept { return report_; }
  /// The first stored id in the range.
  [[nodiscard]] std::optional<TradeId> first_stored_in(IdRange ids) const;
  /// Returns the range from the lowest to the highest stored id.
  [[nodiscard]] std::optional<IdRange> stored_ids() const noexcept { return stored_ids_; }

 private:
  [[nodiscard]] Chunk* open_chunk(std::uint64_t index);
  void close_if_done(std::uint64_t index, Chunk const& chunk);
  void finish_order(DeclaredIds const& gaps);
  void finish_alone(DeclaredIds const& gaps, Bounds const& bounds);
  void finish_source(DeclaredIds const& gaps, Bounds const& bounds);
  void finish_chunk(std::uint64_t index, Chunk const& chunk, DeclaredIds const& gaps,
                    Bounds const& bounds);
  void finish_unknown_to_both(DeclaredIds const& gaps, Bounds const& bounds);
  void count_absent(IdRange ids, DeclaredIds const& gaps);
  void cover_source(Bounds const& bounds);
  [[nodiscard]] bool counts_as_missing(TradeId id, Bounds const& bounds) const noexcept;
  template <class Visit>
  void for_each_run(bool with_source, Visit const& visit) const;

  bool has_source_;
  std::map<std::uint64_t, Chunk> chunks_;
  RunSet done_;
  std::optional<IdRange> stored_ids_;
  std::optional<IdRange> source_ids_;
  /// The first of the stored ids that are not LATE.
  std::optional<TradeId> first_in_order_;
  std::optional<TradeId> position_;
  /// LATE ids below one that was stored before them.
  RunSet late_behind_;
  /// Stored ids of a time of which the source claims to have all trades.
  RunSet in_source_time_;
  /// Chunks in which the source has an id more than once.
  std::set<std::uint64_t> told_twice_;
  SymbolReport report_;
};

}  // namespace k2::verify
