#include "sink/missing_ids.hpp"

#include <algorithm>

namespace k2::sink {

void MissingIds::add(IdRange range) {
  if (range.last < range.first) return;
  if (!ranges_.empty() && range.first <= ranges_.back().last) return;
  ranges_.push_back(range);
}

std::optional<IdRange> MissingIds::trim() {
  if (ranges_.size() <= kRangesMax) return std::nullopt;
  IdRange const oldest = ranges_.front();
  ranges_.erase(ranges_.begin());
  return oldest;
}

bool MissingIds::take(TradeId id) {
  auto const found = std::ranges::lower_bound(ranges_, id, {}, &IdRange::last);
  if (found == ranges_.end() || !found->contains(id)) return false;
  if (found->first == id) {
    // The usual way: a repair goes from the front to the back.
    if (found->last == id) {
      ranges_.erase(found);
    } else {
      found->first = next(id);
    }
    return true;
  }
  return close({id, id});
}

bool MissingIds::close(IdRange range) {
  std::vector<IdRange> left;
  bool hit = false;
  for (IdRange const one : ranges_) {
    if (one.last < range.first || one.first > range.last) {
      left.push_back(one);
      continue;
    }
    hit = true;
    if (one.first < range.first) left.push_back({one.first, previous(range.first)});
    if (one.last > range.last) left.push_back({next(range.last), one.last});
  }
  if (!hit) return false;
  ranges_ = std::move(left);
  return true;
}

}  // namespace k2::sink
