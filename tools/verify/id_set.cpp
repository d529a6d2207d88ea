#include "tools/verify/id_set.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

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

std::optional<std::uint64_t> RunSet::first_in(std::uint64_t first, std::uint64_t last) const {
  if (contains(first)) return first;
  auto const after = runs_.upper_bound(first);
  if (after == runs_.end() || after->first > last) return std::nullopt;
  return after->first;
}

void Defect::count(std::uint64_t more) noexcept {
  auto const room = std::numeric_limits<std::uint64_t>::max() - count_;
  count_ += std::min(room, more);
}

void Defect::add(IdRange ids) {
  count(ids.count());
  if (!examples_.empty() && next(examples_.back().last) == ids.first) {
    examples_.back().last = ids.last;
  } else if (examples_.size() < kExamplesMax) {
    examples_.push_back(ids);
  }
}

std::vector<IdRange> merged(std::vector<IdRange> ranges) {
  std::ranges::sort(ranges, {}, &IdRange::first);
  std::vector<IdRange> apart;
  for (IdRange const& range : ranges) {
    if (range.last < range.first) continue;
    bool const joins = !apart.empty() &&
                       (range.first <= apart.back().last || range.first == next(apart.back().last));
    if (joins) {
      apart.back().last = std::max(apart.back().last, range.last);
    } else {
      apart.push_back(range);
    }
  }
  return apart;
}

std::vector<IdRange> without(std::span<IdRange const> ranges, std::span<IdRange const> covers) {
  std::vector<IdRange> left;
  auto cover = covers.begin();
  for (IdRange range : ranges) {
    while (cover != covers.end() && cover->last < range.first) ++cover;
    bool some = true;
    for (auto at = cover; some && at != covers.end() && at->first <= range.last; ++at) {
      if (at->first > range.first) left.push_back({range.first, previous(at->first)});
      some = at->last < range.last;
      if (some) range.first = next(at->last);
    }
    if (some) left.push_back(range);
  }
  return left;
}

bool contains(std::span<IdRange const> ranges, TradeId id) {
  auto const at = std::ranges::partition_point(ranges, [id](auto const& r) { return r.last < id; });
  return at != ranges.end() && at->first <= id;
}

void split_by(std::span<IdRange const> covers, IdRange ids, Defect& outside, Defect& inside) {
  auto cover = std::ranges::partition_point(
      covers, [&ids](IdRange const& one) { return one.last < ids.first; });
  for (; cover != covers.end() && cover->first <= ids.last; ++cover) {
    if (cover->first > ids.first) outside.add({ids.first, previous(cover->first)});
    auto const last = std::min(cover->last, ids.last);
    inside.add({std::max(cover->first, ids.first), last});
    if (last == ids.last) return;
    ids.first = next(last);
  }
  outside.add(ids);
}

}  // namespace k2::verify
