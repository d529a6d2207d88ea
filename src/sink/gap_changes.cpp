#include "sink/gap_changes.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <string>

namespace k2::sink {
namespace {

constexpr std::string_view why_of(GapState state) {
  switch (state) {
    case GapState::kOpen:
      return "this process does not have them";
    case GapState::kRepaired:
      return "delivered, marked LATE";
    case GapState::kVenue:
      return "the exchange itself lacks these ids";
    case GapState::kElsewhere:
      break;
  }
  return "";
}

}  // namespace

void GapChanges::add(IdRange ids, GapState state) {
  bool const joins = list_.size() > settled_ && list_.back().state == state &&
                     next(list_.back().ids.last) == ids.first;
  if (joins) {
    list_.back().ids.last = ids.last;
  } else {
    list_.push_back({ids, state});
  }
}

void GapChanges::add_settled(IdRange ids, GapState state) {
  K2_ASSERT(list_.size() == settled_);
  list_.push_back({ids, state});
  ++settled_;
}

void GapChanges::roll_back() {
  list_.resize(settled_);
}

void GapChanges::clear() noexcept {
  list_.clear();
  settled_ = 0;
}

DeclaredGap told(GapChange const& change, std::span<DeclaredGap const> journal, UtcTime now) {
  DeclaredGap gap{.symbol = std::string{change.symbol},
                  .ids = change.ids,
                  .why = std::string{why_of(change.state)},
                  .state = change.state,
                  .declared_at = now};
  if (change.state == GapState::kRepaired) return gap;
  auto const known = std::ranges::find_if(journal, [&](DeclaredGap const& one) {
    return one.symbol == change.symbol && one.state == change.state &&
           one.ids.first <= change.ids.last && change.ids.first <= one.ids.last;
  });
  if (known == journal.end()) return gap;
  gap.why = known->why;
  gap.declared_at = known->declared_at;
  return gap;
}

}  // namespace k2::sink
