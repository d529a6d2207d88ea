#include "sink/trade_comparison.hpp"

#include "sink/missing_ids.hpp"
#include "sink/partition.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace k2::sink {
namespace {

bool is_missing(TopicPosition const& position, TradeId id) {
  return std::ranges::any_of(position.missing,
                             [id](IdRange const& range) { return range.contains(id); });
}

bool covers(TopicPosition const* position, TradeId id) {
  return position != nullptr && id <= position->last && !is_missing(*position, id);
}

/// Collects ascending ids as ranges.
void add(std::vector<IdRange>& ranges, IdRange ids) {
  if (ids.last < ids.first) return;
  if (!ranges.empty() && next(ranges.back().last) == ids.first) {
    ranges.back().last = ids.last;
  } else {
    ranges.push_back(ids);
  }
}

/// Returns both lists of ascending ranges as one; they share no id.
std::vector<IdRange> merged(std::vector<IdRange> const& one, std::vector<IdRange> const& other) {
  std::vector<IdRange> all;
  std::ranges::merge(one, other, std::back_inserter(all), {}, &IdRange::first, &IdRange::first);
  std::vector<IdRange> ranges;
  for (IdRange const& ids : all) add(ranges, ids);
  return ranges;
}

}  // namespace

std::optional<CorrectedPosition> correct(TopicPosition const* committed,
                                         ComparedTrades const& trades) {
  CorrectedPosition corrected;
  for (TradeId const id : trades.held) {
    if (!trades.visible.contains(id)) add(corrected.reopened, {id, id});
  }
  auto newer = trades.visible.begin();
  if (committed != nullptr) {
    corrected.position = *committed;
    newer = trades.visible.upper_bound(committed->last);
  } else if (newer != trades.visible.end()) {
    corrected.position.last = *newer++;
  } else {
    return std::nullopt;
  }
  MissingIds missing{corrected.position.missing};
  bool is_changed = committed == nullptr || !corrected.reopened.empty();
  for (auto id = trades.visible.begin(); id != newer; ++id) {
    if (missing.take(*id)) is_changed = true;
  }
  // The place in the journal is that of the committed position.
  if (newer != trades.visible.end()) corrected.position.sequence = 0;
  for (; newer != trades.visible.end(); ++newer) {
    add(corrected.reopened, {next(corrected.position.last), previous(*newer)});
    corrected.position.last = *newer;
    is_changed = true;
  }
  if (!is_changed) return std::nullopt;
  corrected.position.missing = merged(missing.ranges(), corrected.reopened);
  return corrected;
}

void TradeComparison::start(std::span<HangingNote const> notes) {
  stop();
  for (HangingNote const& note : notes) {
    HangingNote& one = notes_.try_emplace(note.partition, note).first->second;
    one.trades_from = std::min(one.trades_from, note.trades_from);
    one.since = std::min(one.since, note.since);
  }
  if (!notes_.empty()) stage_ = Stage::kOpenHeld;
}

void TradeComparison::stop() {
  if (stage_ != Stage::kStopped) trades_.close();
  stage_ = Stage::kStopped;
  notes_.clear();
  compared_.clear();
}

Result<Progress> TradeComparison::step(PositionBook& book) {
  switch (stage_) {
    case Stage::kStopped:
      return Progress::kDone;
    case Stage::kOpenHeld:
    case Stage::kOpenCommitted:
      return open();
    case Stage::kReadHeld:
    case Stage::kReadCommitted:
      return read(book);
  }
  return Progress::kDone;
}

Result<Progress> TradeComparison::open() {
  HangingNote const& note = notes_.begin()->second;
  bool const is_held = stage_ == Stage::kOpenHeld;
  auto const opened = is_held ? trades_.open_held(note.partition, note.trades_from)
                              : trades_.open_committed(note.partition, note.since);
  if (!opened) return opened.error();
  if (*opened == Progress::kDone) stage_ = is_held ? Stage::kReadHeld : Stage::kReadCommitted;
  return Progress::kPending;
}

Result<Progress> TradeComparison::read(PositionBook& book) {
  TopicTrade trade;
  for (int count = 0; count < kRecordsPerStep; ++count) {
    auto const read = trades_.read(trade);
    if (!read) return read.error();
    if (*read == PositionRead::kRecord) {
      take(trade, book);
      continue;
    }
    if (*read != PositionRead::kEnd) return Progress::kPending;
    trades_.close();
    if (stage_ == Stage::kReadHeld) {
      stage_ = Stage::kOpenCommitted;
      return Progress::kPending;
    }
    finish_partition(book);
    return notes_.empty() ? Progress::kDone : Progress::kPending;
  }
  return Progress::kPending;
}

void TradeComparison::take(TopicTrade const& trade, PositionBook const& book) {
  if (partition_of(trade.symbol, partitions_) != notes_.begin()->first) return;
  auto const known = book.symbols().find(trade.symbol);
  auto const* const position = known == book.symbols().end() ? nullptr : &known->second;
  bool const is_covered = covers(position, trade.id);
  if (stage_ == Stage::kReadHeld) {
    if (!is_covered) return;
    compared_[std::string{trade.symbol}].held.insert(trade.id);
    // Its record cannot be older than the trade. A process that was replaced may have tried to
    // deliver trades again that were delivered long ago.
    auto& since = notes_.begin()->second.since;
    since = std::min(since, trade.time - kClockTolerance);
    return;
  }
  auto const found = compared_.find(trade.symbol);
  bool const was_held = found != compared_.end() && found->second.held.contains(trade.id);
  if (is_covered && !was_held) return;
  compared_[std::string{trade.symbol}].visible.insert(trade.id);
}

void TradeComparison::finish_partition(PositionBook& book) {
  for (auto const& [symbol, trades] : compared_) {
    auto const known = book.symbols().find(symbol);
    auto const* const position = known == book.symbols().end() ? nullptr : &known->second;
    if (auto corrected = correct(position, trades)) book.correct(symbol, *std::move(corrected));
  }
  compared_.clear();
  notes_.erase(notes_.begin());
  stage_ = notes_.empty() ? Stage::kStopped : Stage::kOpenHeld;
}

}  // namespace k2::sink
