// Ids that REST did not show although it showed later ones, and since when: the exchange lacks
// them only if it fails to show them again minutes later. The tail of its database lags, so ids
// behind the newest shown one are never noted here. One symbol's. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

#include <chrono>
#include <map>
#include <optional>

namespace k2::flow {

class AbsentIds {
 public:
  /// These ids were not shown. True when they had been noted already that long ago.
  bool note(IdRange range, MonoTime now, std::chrono::nanoseconds confirm_after) {
    auto const [note, is_new] = notes_.try_emplace(range.first, Note{range.last, now});
    if (!is_new && note->second.last != range.last) note->second = {range.last, now};
    return now - note->second.since >= confirm_after;
  }
  /// Returns the time at which exactly these ids were noted.
  [[nodiscard]] std::optional<MonoTime> since(IdRange range) const {
    auto const found = notes_.find(range.first);
    if (found == notes_.end() || found->second.last != range.last) return std::nullopt;
    return found->second.since;
  }
  [[nodiscard]] bool noted(TradeId first) const { return notes_.contains(first); }
  void forget(TradeId first) { notes_.erase(first); }
  void clear() { notes_.clear(); }

 private:
  struct Note {
    TradeId last;
    MonoTime since;
  };
  std::map<TradeId, Note> notes_;  // by first id
};

}  // namespace k2::flow
