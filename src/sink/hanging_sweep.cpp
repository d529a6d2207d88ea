#include "sink/hanging_sweep.hpp"

#include "core/planted.hpp"

#include <algorithm>

namespace k2::sink {

void HangingSweep::start() {
  stage_ = Stage::kOpenPositions;
  positions_ = {};
  journals_.clear();
  notes_.clear();
  hanging_.clear();
  timed_ = 0;
}

Result<Progress> HangingSweep::step() {
  switch (stage_) {
    case Stage::kOpenPositions:
      return open_positions();
    case Stage::kFindJournals:
      return find_journals();
    case Stage::kFindEnds:
      return find_ends();
    case Stage::kFindStableEnds:
      return find_stable_ends();
    case Stage::kFindTimes:
      return find_times();
    case Stage::kWriteNotes:
      return write_notes();
    case Stage::kAbort:
      return ports_.transaction.abort_hanging(journals_);
  }
  return Progress::kDone;
}

Result<Progress> HangingSweep::open_positions() {
  std::set<std::int32_t> all;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) all.insert(partition);
  auto const opened = ports_.positions.open(all, ReadEnd::kLastStable);
  if (!opened) return opened.error();
  if (*opened == Progress::kDone) stage_ = Stage::kFindJournals;
  return Progress::kPending;
}

Result<Progress> HangingSweep::find_journals() {
  PositionRecord record;
  for (;;) {
    auto const read = ports_.positions.read(record);
    if (!read) return read.error();
    if (*read == PositionRead::kEnd) break;
    if (*read != PositionRead::kRecord) return Progress::kPending;
    if (auto const applied = positions_.apply(record.key, record.value); !applied) {
      return applied.error();
    }
  }
  journals_ = {journal_};
  if (!K2_PLANTED(kSweepOwnOnly)) journals_.merge(positions_.journals());
  positions_ = {};
  ends_.clear();
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    ends_.push_back({.topic = DeliveryTopic::kTrades, .partition = partition});
    ends_.push_back({.topic = DeliveryTopic::kPositions, .partition = partition});
  }
  stage_ = Stage::kFindEnds;
  return Progress::kPending;
}

/// The ends come first: what is written between the two requests does not seem to hang.
Result<Progress> HangingSweep::find_ends() {
  auto const found = ports_.positions.find_ends(ends_);
  if (!found) return found.error();
  if (*found == Progress::kPending) return Progress::kPending;
  stable_ends_ = ends_;
  stage_ = Stage::kFindStableEnds;
  return Progress::kPending;
}

Result<Progress> HangingSweep::find_stable_ends() {
  auto const found = ports_.positions.find_stable_ends(stable_ends_);
  if (!found) return found.error();
  if (*found == Progress::kPending) return Progress::kPending;
  ports_.positions.close();
  list_hanging();
  stage_ = Stage::kFindTimes;
  return Progress::kPending;
}

/// Each partition of which either topic hangs gets a note with the place in its trades.
void HangingSweep::list_hanging() {
  for (std::size_t at = 0; at < ends_.size(); at += 2) {
    TopicPlace const& trades = stable_ends_[at];
    TopicPlace const& positions = stable_ends_[at + 1];
    bool const trades_hang = trades.offset < ends_[at].offset;
    bool const positions_hang = positions.offset < ends_[at + 1].offset;
    if (!trades_hang && !positions_hang) continue;
    notes_.push_back({trades.partition, trades.offset, UtcTime::max()});
    if (trades_hang) hanging_.push_back(trades);
    if (positions_hang) hanging_.push_back(positions);
  }
}

Result<Progress> HangingSweep::find_times() {
  if (timed_ == hanging_.size()) {
    stage_ = notes_.empty() ? Stage::kAbort : Stage::kWriteNotes;
    return Progress::kPending;
  }
  TopicPlace const& place = hanging_[timed_];
  UtcTime first{};
  auto const found = ports_.trades.find_time(place, first);
  if (!found) return found.error();
  if (*found == Progress::kPending) return Progress::kPending;
  note(place, first);
  ++timed_;
  return Progress::kPending;
}

void HangingSweep::note(TopicPlace const& place, UtcTime first) {
  auto const found = std::ranges::find(notes_, place.partition, &HangingNote::partition);
  found->since =
      std::min(found->since, std::max(first, UtcTime{kTransactionTime}) - kTransactionTime);
}

Result<Progress> HangingSweep::write_notes() {
  auto const written = ports_.transaction.write_notes(notes_);
  if (!written) return written.error();
  if (*written == Progress::kDone) stage_ = Stage::kAbort;
  return Progress::kPending;
}

}  // namespace k2::sink
