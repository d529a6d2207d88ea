#include "tools/verify/symbol_tally.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace k2::verify {
namespace {

void widen(std::optional<IdRange>& range, TradeId id) {
  if (!range) range = IdRange{id, id};
  range->first = std::min(range->first, id);
  range->last = std::max(range->last, id);
}

/// Calls `visit` with each id whose bit is set.
template <class Visit>
void for_each_id(std::uint64_t chunk, std::size_t word, std::uint64_t bits, Visit const& visit) {
  for (; bits != 0; bits &= bits - 1) {
    auto const place = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
    visit(TradeId{value(chunk_begin(chunk)) + place});
  }
}

}  // namespace

Chunk* SymbolTally::open_chunk(std::uint64_t index) {
  if (auto const found = chunks_.find(index); found != chunks_.end()) return &found->second;
  if (done_.contains(index)) return nullptr;
  return &chunks_[index];
}

void SymbolTally::close_if_done(std::uint64_t index, Chunk const& chunk) {
  if (!chunk.stored.full()) return;
  if (has_source_ && !Presence::agree(chunk.stored, chunk.source)) return;
  done_.add(index);
  chunks_.erase(index);
}

void SymbolTally::add_stored(TradeId id, Content const& content, Delivery delivery) {
  report_.late += delivery.late ? 1 : 0;
  report_.backfilled += delivery.from_rest ? 1 : 0;
  Chunk* const chunk = open_chunk(chunk_of(id));
  if (chunk == nullptr || !chunk->stored.add(id, content)) {
    report_.duplicate.add(id);
    return;
  }
  ++report_.stored;
  widen(stored_ids_, id);
  if (delivery.in_source_time) in_source_time_.add(value(id));
  bool const behind = position_ && id < *position_;
  if (delivery.late) {
    if (behind) late_behind_.add(value(id));
  } else if (behind) {
    report_.out_of_order.add(id);
  } else {
    position_ = id;
  }
  if (!delivery.late) first_in_order_ = std::min(first_in_order_.value_or(id), id);
  close_if_done(chunk_of(id), *chunk);
}

void SymbolTally::add_source(TradeId id, Content const& content) {
  Chunk* const chunk = open_chunk(chunk_of(id));
  // A source that tells a trade twice still published one trade; what it tells may differ.
  if (chunk == nullptr || !chunk->source.add(id, content)) {
    ++report_.told_twice;
    told_twice_.insert(chunk_of(id));
    return;
  }
  ++report_.published;
  widen(source_ids_, id);
  close_if_done(chunk_of(id), *chunk);
}

void SymbolTally::finish(DeclaredIds const& gaps, Bounds const& bounds) {
  finish_order(gaps);
  if (has_source_) {
    finish_source(gaps, bounds);
  } else {
    finish_alone(gaps, bounds);
  }
  report_.coverage.open = report_.open.count();
  report_.coverage.unchecked = report_.unproven.count();
}

/// LATE excuses a record from the order only where its gap was declared.
void SymbolTally::finish_order(DeclaredIds const& gaps) {
  Defect declared;
  for (auto const& [first, last] : late_behind_.runs()) {
    split_by(gaps.ever, {TradeId{first}, TradeId{last}}, report_.out_of_order, declared);
  }
}

void SymbolTally::count_absent(IdRange ids, DeclaredIds const& gaps) {
  Defect other;
  split_by(gaps.excused, ids, report_.missing, report_.declared);
  split_by(gaps.open, ids, other, report_.open);
}

/// Calls with each run of ids that the store has, or either side, ascending.
template <class Visit>
void SymbolTally::for_each_run(bool with_source, Visit const& visit) const {
  auto run = done_.runs().begin();
  auto const visit_done_before = [&](std::uint64_t index) {
    for (; run != done_.runs().end() && run->first < index; ++run) {
      visit(IdRange{chunk_begin(run->first),
                    TradeId{value(chunk_begin(run->second)) + (kChunkIds - 1)}});
    }
  };
  for (auto const& [index, chunk] : chunks_) {
    visit_done_before(index);
    for (std::size_t word = 0; word < Presence::kWords; ++word) {
      auto const bits = chunk.stored.words()[word] | (with_source ? chunk.source.words()[word] : 0);
      for_each_id(index, word, bits, [&](TradeId id) { visit(IdRange{id, id}); });
    }
  }
  visit_done_before(std::numeric_limits<std::uint64_t>::max());
}

/// Every id from the first one that the store must have to its position should be there.
void SymbolTally::finish_alone(DeclaredIds const& gaps, Bounds const& bounds) {
  Coverage& coverage = report_.coverage;
  std::optional<TradeId> begin;
  if (bounds.is_window) {
    begin = first_in_order_;
    coverage.first = {begin, "window"};
  } else if (bounds.retired) {
    begin = next(*bounds.retired);
    coverage.first = {begin, "retention"};
  } else if (stored_ids_) {
    begin = stored_ids_->first;
    coverage.first = {begin, "first record"};
  } else {
    // A whole tape is gone; where it began is not known.
    begin = bounds.position;
    coverage.first = {begin, "position"};
  }
  coverage.last = {position_, bounds.is_window ? "window" : "last record"};
  if (bounds.position) coverage.last = {std::max(position_, bounds.position), "position"};
  if (!begin) return;
  // None behind the largest id that there can be.
  std::optional<TradeId> expected = begin;
  auto const see = [&](IdRange ids) {
    if (!expected || ids.last < *begin) return;
    if (ids.first > *expected) count_absent({*expected, previous(ids.first)}, gaps);
    coverage.read += IdRange{std::max(ids.first, *begin), ids.last}.count();
    bool const at_end = ids.last == TradeId{std::numeric_limits<std::uint64_t>::max()};
    expected = at_end ? std::nullopt : std::optional{std::max(*expected, next(ids.last))};
  };
  for_each_run(false, see);
  if (bounds.position && expected && *bounds.position >= *expected) {
    count_absent({*expected, *bounds.position}, gaps);
  }
}

bool SymbolTally::counts_as_missing(TradeId id, Bounds const& bounds) const noexcept {
  if (bounds.retired && id <= *bounds.retired) return false;
  if (!stored_ids_) return true;
  if (bounds.from_first_stored && id < stored_ids_->first) return false;
  return !bounds.to_last_stored || id <= stored_ids_->last;
}

void SymbolTally::finish_source(DeclaredIds const& gaps, Bounds const& bounds) {
  for (auto const& [index, chunk] : chunks_) finish_chunk(index, chunk, gaps, bounds);
  if (!bounds.is_window) finish_unknown_to_both(gaps, bounds);
  cover_source(bounds);
}

void SymbolTally::finish_chunk(std::uint64_t index, Chunk const& chunk, DeclaredIds const& gaps,
                               Bounds const& bounds) {
  for (std::size_t word = 0; word < Presence::kWords; ++word) {
    auto const stored = chunk.stored.words()[word];
    auto const source = chunk.source.words()[word];
    for_each_id(index, word, source & ~stored, [&](TradeId id) {
      if (counts_as_missing(id, bounds)) count_absent({id, id}, gaps);
    });
    report_.coverage.read += static_cast<std::uint64_t>(std::popcount(source & stored));
    for_each_id(index, word, stored & ~source, [&](TradeId id) {
      bool const covered =
          contains(bounds.source_ranges, id) || in_source_time_.contains(value(id));
      if (bounds.source_is_part && !covered) {
        ++report_.outside;
      } else {
        report_.unexpected.add(id);
      }
    });
  }
}

/// Ids that neither side has: lost where the store has others on both sides of them, and not to be
/// judged where only the source has.
void SymbolTally::finish_unknown_to_both(DeclaredIds const& gaps, Bounds const& bounds) {
  std::optional<IdRange> kept = stored_ids_;
  if (kept && bounds.retired) kept->first = std::max(kept->first, next(*bounds.retired));
  std::optional<TradeId> expected;
  auto const judge = [&](IdRange hole) {
    Defect ignored;
    IdRange const both{kept ? std::max(hole.first, kept->first) : next(hole.last),
                       kept ? std::min(hole.last, kept->last) : hole.last};
    if (both.first <= both.last) {
      split_by(gaps.excused, both, report_.missing, ignored);
      split_by(gaps.open, both, ignored, report_.open);
      return;
    }
    if (!counts_as_missing(hole.first, bounds) || !counts_as_missing(hole.last, bounds)) return;
    split_by(bounds.source_ranges, hole, ignored, report_.unproven);
  };
  for_each_run(true, [&](IdRange ids) {
    if (expected && ids.first > *expected) judge({*expected, previous(ids.first)});
    expected = next(ids.last);
  });
}

/// Notes the range in which the two sides were compared.
void SymbolTally::cover_source(Bounds const& bounds) {
  Coverage& coverage = report_.coverage;
  // In the chunks that are done, both sides have every id.
  for (auto const& [first, last] : done_.runs()) coverage.read += (last - first + 1) * kChunkIds;
  if (!source_ids_) return;
  coverage.first = {source_ids_->first, "source"};
  coverage.last = {source_ids_->last, "source"};
  if (bounds.retired && *bounds.retired >= source_ids_->first) {
    coverage.first = {next(*bounds.retired), "retention"};
  }
  if (!stored_ids_) return;
  if (bounds.from_first_stored && stored_ids_->first > *coverage.first.id) {
    coverage.first = {stored_ids_->first, "first stored"};
  }
  if (bounds.to_last_stored && stored_ids_->last < *coverage.last.id) {
    coverage.last = {stored_ids_->last, "last stored"};
  }
}

std::optional<TradeId> SymbolTally::first_stored_in(IdRange ids) const {
  auto const first_chunk = chunk_of(ids.first);
  auto const last_chunk = chunk_of(ids.last);
  std::optional<TradeId> found;
  if (auto const done = done_.first_in(first_chunk, last_chunk)) {
    found = std::max(ids.first, chunk_begin(*done));
  }
  for (auto at = chunks_.lower_bound(first_chunk); at != chunks_.end() && at->first <= last_chunk;
       ++at) {
    for (std::size_t word = 0; word < Presence::kWords; ++word) {
      std::optional<TradeId> here;
      for_each_id(at->first, word, at->second.stored.words()[word], [&](TradeId id) {
        if (!here && ids.contains(id)) here = id;
      });
      if (here) return std::min(found.value_or(*here), *here);
    }
  }
  return found;
}

std::vector<Suspect> SymbolTally::suspects() const {
  std::vector<Suspect> suspects;
  if (!has_source_) return suspects;
  for (auto const& [index, chunk] : chunks_) {
    if (told_twice_.contains(index)) continue;
    if (chunk.stored.count() == 0 || chunk.source.count() == 0) continue;
    if (Presence::agree(chunk.stored, chunk.source)) continue;
    suspects.push_back({index, Presence::common_unit(chunk.stored, chunk.source)});
  }
  for (auto const index : told_twice_) {
    auto const chunk = chunks_.find(index);
    // Of a chunk that is done nothing is kept; the coarser unit is right for every source.
    suspects.push_back(
        {index, chunk == chunks_.end()
                    ? TimeUnit::kMilliseconds
                    : Presence::common_unit(chunk->second.stored, chunk->second.source)});
  }
  return suspects;
}

}  // namespace k2::verify
