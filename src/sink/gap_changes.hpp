// The changes of one symbol's missing ids in the open transaction, in their order: ids that
// delivery skipped are open, those that arrived after all are repaired, and those that the exchange
// itself lacks are `venue`. Neighbours in one state are one change. Pure; sink/topic_tapes keeps
// one per symbol.
#pragma once

#include "core/gap.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "sink/notices.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace k2::sink {

/// One change of a symbol; the symbol lives until the next record is admitted.
struct GapChange {
  std::string_view symbol{};
  std::int32_t partition = 0;
  IdRange ids;
  GapState state = GapState::kOpen;
};

class GapChanges {
 public:
  struct Change {
    IdRange ids;
    GapState state = GapState::kOpen;
  };

  void add(IdRange ids, GapState state);
  /// Adds one that stays true whatever becomes of the transaction; ahead of all that do not.
  void add_settled(IdRange ids, GapState state);
  /// Takes back all but what is settled.
  void roll_back();
  void clear() noexcept;

  [[nodiscard]] std::vector<Change> const& list() const noexcept { return list_; }

 private:
  std::vector<Change> list_;
  std::size_t settled_ = 0;
};

/// Returns the change as it is delivered: reason and time come from the journal's own table if it
/// has these ids. `now` is the record's own time.
[[nodiscard]] DeclaredGap told(GapChange const& change, std::span<DeclaredGap const> journal,
                               UtcTime now);

}  // namespace k2::sink
