#include "tools/verify/symbol_tally.hpp"

#include <algorithm>
#include <bit>

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
  if (!delivery.late) {
    if (position_ && id < *position_) {
      report_.out_of_order.add(id);
    } else {
      position_ = id;
    }
  }
  close_if_done(chunk_of(id), *chunk);
}

void SymbolTally::add_source(TradeId id, Content const& content) {
  Chunk* const chunk = open_chunk(chunk_of(id));
  // A source that tells a trade twice still published one trade.
  if (chunk == nullptr || !chunk->source.add(id, content)) {
    ++report_.told_twice;
    return;
  }
  ++report_.published;
  widen(source_ids_, id);
  close_if_done(chunk_of(id), *chunk);
}

void SymbolTally::finish(std::span<IdRange const> gaps, Bounds bounds) {
  if (!has_source_) {
    finish_alone(gaps, bounds);
    return;
  }
  for (auto const& [index, chunk] : chunks_) finish_chunk(index, chunk, gaps, bounds);
}

bool SymbolTally::counts_as_missing(TradeId id, Bounds bounds) const noexcept {
  if (bounds.retired && id <= *bounds.retired) return false;
  if (!stored_ids_) return true;
  if (bounds.from_first_stored && id < stored_ids_->first) return false;
  return !bounds.to_last_stored || id <= stored_ids_->last;
}

void SymbolTally::finish_chunk(std::uint64_t index, Chunk const& chunk,
                               std::span<IdRange const> gaps, Bounds bounds) {
  for (std::size_t word = 0; word < Presence::kWords; ++word) {
    auto const stored = chunk.stored.words()[word];
    auto const source = chunk.source.words()[word];
    for_each_id(index, word, source & ~stored, [&](TradeId id) {
      if (counts_as_missing(id, bounds)) {
        split_by(gaps, {id, id}, report_.missing, report_.declared);
      }
    });
    for_each_id(index, word, stored & ~source, [&](TradeId id) {
      bool const covered = source_ids_ && source_ids_->contains(id);
      if (bounds.source_is_part && !covered) {
        ++report_.outside;
      } else {
        report_.unexpected.add(id);
      }
    });
  }
}

/// Every id between the first and the last stored one should be there.
void SymbolTally::finish_alone(std::span<IdRange const> gaps, Bounds bounds) {
  if (!stored_ids_) return;
  TradeId expected = stored_ids_->first;
  if (bounds.retired) expected = std::max(expected, next(*bounds.retired));
  auto const see = [&](IdRange ids) {
    if (ids.first > expected) {
      split_by(gaps, {expected, previous(ids.first)}, report_.missing, report_.declared);
    }
    expected = std::max(expected, next(ids.last));
  };
  auto run = done_.runs().begin();
  auto const see_runs_before = [&](std::uint64_t index) {
    for (; run != done_.runs().end() && run->first < index; ++run) {
      see({chunk_begin(run->first), previous(chunk_begin(run->second + 1))});
    }
  };
  for (auto const& [index, chunk] : chunks_) {
    see_runs_before(index);
    for (std::size_t word = 0; word < Presence::kWords; ++word) {
      for_each_id(index, word, chunk.stored.words()[word], [&](TradeId id) { see({id, id}); });
    }
  }
  see_runs_before(std::numeric_limits<std::uint64_t>::max());
}

std::optional<TradeId> SymbolTally::first_stored_in(IdRange ids) const {
  if (!stored_ids_) return std::nullopt;
  ids = {std::max(ids.first, stored_ids_->first), std::min(ids.last, stored_ids_->last)};
  for (auto id = ids.first; id <= ids.last;) {
    auto const index = chunk_of(id);
    if (done_.contains(index)) return id;
    auto const chunk = chunks_.find(index);
    if (chunk != chunks_.end()) {
      auto const place = value(id) - value(chunk_begin(index));
      if ((chunk->second.stored.words()[place / 64] >> (place % 64) & 1) != 0) return id;
      id = next(id);
    } else {
      id = chunk_begin(index + 1);
    }
  }
  return std::nullopt;
}

std::vector<Suspect> SymbolTally::suspects() const {
  std::vector<Suspect> suspects;
  if (!has_source_) return suspects;
  for (auto const& [index, chunk] : chunks_) {
    if (chunk.stored.count() == 0 || chunk.source.count() == 0) continue;
    if (Presence::agree(chunk.stored, chunk.source)) continue;
    suspects.push_back({index, Presence::common_unit(chunk.stored, chunk.source)});
  }
  return suspects;
}

}  // namespace k2::verify
