// A set of ids as the spans that they form: a tape without gaps is one span of any length, and a
// copy costs nothing. One thread.
#pragma once

#include "core/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace k2::simulation {

class IdSpans {
 public:
  /// False when the id was there already.
  bool insert(TradeId id) {
    if (contains(id)) return false;
    auto after = last_.upper_bound(id);
    TradeId const first = id;
    TradeId last = id;
    if (after != last_.end() && after->first == next(id)) {
      last = after->second;
      after = last_.erase(after);
    }
    if (after != last_.begin()) {
      auto const before = std::prev(after);
      if (next(before->second) == first) {
        before->second = last;
        return true;
      }
    }
    last_.emplace(first, last);
    return true;
  }

  [[nodiscard]] bool contains(TradeId id) const {
    auto const after = last_.upper_bound(id);
    return after != last_.begin() && std::prev(after)->second >= id;
  }

  /// The number of ids of the range in the set.
  [[nodiscard]] std::uint64_t count(IdRange range) const {
    std::uint64_t found = 0;
    auto span = last_.upper_bound(range.first);
    if (span != last_.begin()) --span;
    for (; span != last_.end() && span->first <= range.last; ++span) {
      TradeId const first = std::max(span->first, range.first);
      TradeId const last = std::min(span->second, range.last);
      if (first <= last) found += IdRange{first, last}.count();
    }
    return found;
  }

 private:
  std::map<TradeId, TradeId> last_;  // by first
};

}  // namespace k2::simulation
