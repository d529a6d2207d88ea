#include "sink/lost_ids.hpp"

#include <algorithm>
#include <iterator>

namespace k2::sink {

std::vector<IdRange> common(std::span<IdRange const> one, std::span<IdRange const> other) {
  std::vector<IdRange> both;
  for (std::size_t at = 0, beside = 0; at < one.size() && beside < other.size();) {
    IdRange const shared{std::max(one[at].first, other[beside].first),
                         std::min(one[at].last, other[beside].last)};
    if (shared.first <= shared.last) both.push_back(shared);
    if (one[at].last < other[beside].last) {
      ++at;
    } else {
      ++beside;
    }
  }
  return both;
}

std::vector<SymbolIds> LostIds::on_look(std::vector<SymbolIds> lost, MonoTime now) {
  forget_old(now);
  std::vector<SymbolIds> due;
  for (SymbolIds const& one : lost) {
    // Ids that the shard is about to record, or has just opened itself, are lost in one check only.
    auto const before = std::ranges::find(before_, one.symbol, &SymbolIds::symbol);
    if (before == before_.end()) continue;
    Ranges& ranges = requested_[one.symbol];
    SymbolIds wanted{.symbol = one.symbol, .ids = common(before->ids, one.ids)};
    std::erase_if(wanted.ids, [&](IdRange ids) { return !request(ranges, ids, now); });
    if (wanted.ids.empty()) continue;
    wanted.repaired = one.repaired;
    due.push_back(std::move(wanted));
  }
  before_ = std::move(lost);
  return due;
}

/// Returns false while an earlier request of some of these ids may still be answered.
bool LostIds::request(Ranges& ranges, IdRange ids, MonoTime now) {
  auto begin = ranges.upper_bound(ids.first);
  if (begin != ranges.begin() && std::prev(begin)->second.last >= ids.first) --begin;
  auto wait = std::chrono::nanoseconds{kWaitFirst};
  auto end = begin;
  for (; end != ranges.end() && end->first <= ids.last; ++end) {
    if (end->second.again_at > now) return false;
    wait = std::max(wait, std::min<std::chrono::nanoseconds>(end->second.wait * 2, kWaitMax));
  }
  count_ -= static_cast<std::size_t>(std::distance(begin, end));
  ranges.erase(begin, end);
  if (count_ >= kRequestedMax) return false;
  ranges.insert_or_assign(ids.first, Requested{ids.last, now + wait, wait});
  ++count_;
  return true;
}

/// A range that was not lost when its wait had ended has been fetched; so has one that is not lost
/// for as long again.
void LostIds::forget_old(MonoTime now) {
  for (auto& [symbol, ranges] : requested_) {
    count_ -= std::erase_if(ranges, [now](auto const& range) {
      return range.second.again_at + range.second.wait <= now;
    });
  }
  std::erase_if(requested_, [](auto const& one) { return one.second.empty(); });
}

}  // namespace k2::sink
