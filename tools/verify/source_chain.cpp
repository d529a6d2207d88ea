#include "tools/verify/source_chain.hpp"

#include <algorithm>
#include <utility>

namespace k2::verify {

Result<bool> SourceChain::next(SourceTrade& out) {
  for (;;) {
    if (current_ == nullptr) {
      if (at_ == places_.size()) return false;
      uses_.push_back({.name = places_[at_].name(), .read = 0, .in_window = 0, .ranges = {}});
      last_range_ = nullptr;
      auto opened = open_source(places_[at_++], window_);
      if (!opened) return opened.error();
      current_ = *std::move(opened);
    }
    auto more = current_->next(out);
    if (!more) return more;
    if (*more) {
      ++read_;
      ++uses_.back().read;
      if (!window_.contains(out.content.time)) continue;
      note(out);
      return more;
    }
    invalid_.add(current_->invalid());
    unread_.add(current_->unread());
    current_.reset();
  }
}

void SourceChain::note(SourceTrade const& trade) {
  SourceUse& use = uses_.back();
  ++use.in_window;
  if (last_range_ == nullptr || trade.symbol != last_symbol_) {
    auto found = use.ranges.find(trade.symbol);
    if (found == use.ranges.end()) {
      found = use.ranges.emplace(trade.symbol, IdRange{trade.id, trade.id}).first;
    }
    last_range_ = &found->second;
    last_symbol_.assign(trade.symbol);
  }
  last_range_->first = std::min(last_range_->first, trade.id);
  last_range_->last = std::max(last_range_->last, trade.id);
}

}  // namespace k2::verify
