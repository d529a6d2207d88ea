#include "tools/verify/id_set.hpp"

#include <algorithm>
#include <iterator>

namespace k2::verify {

void RunSet::add(std::uint64_t number) {
  if (contains(number)) return;
  auto const after = runs_.upper_bound(number);
  bool const meets_after = after != runs_.end() && after->first == number + 1;
  if (after != runs_.begin() && std::prev(after)->second + 1 == number) {
    auto const before = std::prev(after);
    before->second = meets_after ? after->second : number;
    if (meets_after) runs_.erase(after);
    return;
  }
  auto const last = meets_after ? after->second : number;
  if (meets_after) runs_.erase(after);
  runs_.emplace(number, last);
}

bool RunSet::contains(std::uint64_t number) const {
  auto const after = runs_.upper_bound(number);
  return after != runs_.begin() && std::prev(after)->second >= number;
}

void Defect::add(IdRange ids) {
  count_ += ids.count();
  if (!examples_.empty() && next(examples_.back().last) == ids.first) {
    examples_.back().last = ids.last;
  } else if (examples_.size() < kExamplesMax) {
    examples_.push_back(ids);
  }
}

void split_by(std::span<IdRange const> covers, IdRange ids, Defect& outside, Defect& inside) {
  for (IdRange const& cover : covers) {
    if (cover.last < ids.first) continue;
    if (cover.first > ids.last) break;
    if (cover.first > ids.first) outside.add({ids.first, previous(cover.first)});
    auto const last = std::min(cover.last, ids.last);
    inside.add({std::max(cover.first, ids.first), last});
    if (last == ids.last) return;
    ids.first = next(last);
  }
  outside.add(ids);
}

}  // namespace k2::verify
