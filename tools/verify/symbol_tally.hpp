// One symbol's comparison while both accounts are read: takes trades of either side in any order,
// lets go of chunks in which both sides are complete and equal, and says at the end what is wrong.
// Pure; memory is bounded by how far the two sides are apart and by what differs.
#pragma once

#include "tools/verify/chunk.hpp"
#include "tools/verify/id_set.hpp"
#include "tools/verify/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace k2::verify {

/// Which ids of a source count.
struct Bounds {
  /// Ids before the first stored one are not missing.
  bool from_first_stored = false;
  /// Ids behind the last stored one are not missing.
  bool to_last_stored = false;
  /// Stored ids before or behind the source's are no defect: it covers a part of the time.
  bool source_is_part = false;
  /// Ids up to this one were deleted at the store's limit: they are not missing.
  std::optional<TradeId> retired{};
};

/// How a stored record came.
struct Delivery {
  bool late = false;
  bool from_rest = false;
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

  /// Counts what is missing, declared and unexpected. `gaps` are sorted by their first id.
  void finish(std::span<IdRange const> gaps, Bounds bounds);
  /// The chunks that both sides have a part of without agreeing. After finish().
  [[nodiscard]] std::vector<Suspect> suspects() const;

  [[nodiscard]] SymbolReport const& report() const noexcept { return report_; }
  /// The first stored id in the range.
  [[nodiscard]] std::optional<TradeId> first_stored_in(IdRange ids) const;
  /// The newest stored id that is not late.
  [[nodiscard]] std::optional<TradeId> position() const noexcept { return position_; }
  /// The highest stored id, LATE or not.
  [[nodiscard]] std::optional<TradeId> newest() const noexcept {
    return stored_ids_ ? std::optional{stored_ids_->last} : std::nullopt;
  }

 private:
  [[nodiscard]] Chunk* open_chunk(std::uint64_t index);
  void close_if_done(std::uint64_t index, Chunk const& chunk);
  void finish_alone(std::span<IdRange const> gaps, Bounds bounds);
  void finish_chunk(std::uint64_t index, Chunk const& chunk, std::span<IdRange const> gaps,
                    Bounds bounds);
  [[nodiscard]] bool counts_as_missing(TradeId id, Bounds bounds) const noexcept;

  bool has_source_;
  std::map<std::uint64_t, Chunk> chunks_;
  RunSet done_;
  std::optional<IdRange> stored_ids_;
  std::optional<IdRange> source_ids_;
  std::optional<TradeId> position_;
  SymbolReport report_;
};

}  // namespace k2::verify
