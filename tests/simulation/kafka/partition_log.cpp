#include "tests/simulation/kafka/partition_log.hpp"

#include <algorithm>

namespace k2::simulation::kafka {

/// Source: Apache Kafka, ProducerAppendInfo.checkProducerEpoch() and checkSequence(), and
/// ProducerStateEntry.findDuplicateBatch().
ErrorCode PartitionLog::check(Batch const& batch, bool& repeated) const {
  repeated = false;
  auto const found = producers_.find(batch.producer);
  if (found == producers_.end()) return ErrorCode::kNone;
  Producer const& known = found->second;
  if (batch.epoch < known.epoch) return ErrorCode::kInvalidProducerEpoch;
  if (batch.epoch > known.epoch) {
    return batch.first_sequence <= 0 ? ErrorCode::kNone : ErrorCode::kOutOfOrderSequenceNumber;
  }
  if (batch.first_sequence < 0) return ErrorCode::kNone;  // offsets have no sequence numbers
  auto const last = batch.first_sequence + static_cast<std::int32_t>(batch.records.size()) - 1;
  repeated = std::ranges::find(known.batches, std::pair{batch.first_sequence, last}) !=
             known.batches.end();
  if (repeated || batch.first_sequence == known.last_sequence + 1) return ErrorCode::kNone;
  return batch.first_sequence > known.last_sequence ? ErrorCode::kOutOfOrderSequenceNumber
                                                    : ErrorCode::kDuplicateSequenceNumber;
}

void PartitionLog::append(Batch const& batch, bool transactional, MonoTime now, Reply reply) {
  bool repeated = false;
  if (auto const error = check(batch, repeated); error != ErrorCode::kNone) return reply(error);
  if (repeated) {
    // Acknowledged with the first copy; that has every replica, or is waited for.
    waiting_.push_back({entries_.size(), std::move(reply)});
    return replicated(high_watermark_);
  }
  std::uint32_t at = 0;
  for (Record const& record : batch.records) {
    entries_.push_back({.kind = Entry::Kind::kData,
                        .state = transactional ? Entry::State::kOpen : Entry::State::kCommitted,
                        .producer = batch.producer,
                        .epoch = batch.epoch,
                        .sequence = batch.first_sequence + static_cast<std::int32_t>(at),
                        .batch = at == 0 ? static_cast<std::uint32_t>(batch.records.size()) : 0,
                        .transaction = batch.transaction,
                        .appended = now,
                        .decided = now,
                        .key = record.key,
                        .value = record.value});
    ++at;
    apply_data(entries_.size() - 1);
  }
  waiting_.push_back({entries_.size(), std::move(reply)});
}

void PartitionLog::apply_data(Offset offset) {
  Entry const& entry = entries_[offset];
  Producer& producer = producers_[entry.producer];
  if (entry.epoch != producer.epoch) {
    producer.epoch = entry.epoch;
    producer.batches.clear();
  }
  producer.last_sequence = entry.sequence;
  if (entry.batch > 0 && entry.sequence >= 0) {
    producer.batches.emplace_back(entry.sequence,
                                  entry.sequence + static_cast<std::int32_t>(entry.batch) - 1);
    if (producer.batches.size() > kBatchesKept) producer.batches.pop_front();
  }
  if (entry.state == Entry::State::kOpen && !producer.open_from) producer.open_from = offset;
}

void PartitionLog::write_marker(std::int64_t producer, std::int32_t epoch, bool commit,
                                MonoTime now, Reply reply) {
  auto const found = producers_.find(producer);
  if (found != producers_.end() && epoch < found->second.epoch) {
    return reply(ErrorCode::kInvalidProducerEpoch);
  }
  entries_.push_back({.kind = commit ? Entry::Kind::kCommit : Entry::Kind::kAbort,
                      .state = Entry::State::kCommitted,
                      .producer = producer,
                      .epoch = epoch,
                      .appended = now,
                      .decided = now,
                      .key = {},
                      .value = {}});
  apply_marker(entries_.size() - 1, now);
  waiting_.push_back({entries_.size(), std::move(reply)});
}

void PartitionLog::apply_marker(Offset offset, MonoTime decided) {
  Entry const& marker = entries_[offset];
  Producer& producer = producers_[marker.producer];
  if (marker.epoch > producer.epoch) {
    producer.epoch = marker.epoch;
    producer.last_sequence = -1;
    producer.batches.clear();
  }
  if (!producer.open_from) return;
  bool const commit = marker.kind == Entry::Kind::kCommit;
  for (Offset at = *producer.open_from; at < offset; ++at) {
    Entry& entry = entries_[at];
    if (entry.producer != marker.producer || entry.state != Entry::State::kOpen) continue;
    entry.state = commit ? Entry::State::kCommitted : Entry::State::kAborted;
    entry.decided = decided;
  }
  unreplicated_.emplace_back(*producer.open_from, offset);
  producer.open_from.reset();
}

bool PartitionLog::is_open(std::int64_t producer) const {
  auto const found = producers_.find(producer);
  return found != producers_.end() && found->second.open_from.has_value();
}

void PartitionLog::replicated(Offset end) {
  high_watermark_ = std::max(high_watermark_, std::min(end, entries_.size()));
  std::erase_if(unreplicated_, [this](auto const& over) { return over.second < high_watermark_; });
  std::vector<Reply> done;
  std::erase_if(waiting_, [&](Waiting& one) {
    if (one.end > high_watermark_) return false;
    done.push_back(std::move(one.reply));
    return true;
  });
  for (Reply const& reply : done) reply(ErrorCode::kNone);
}

std::vector<PartitionLog::Entry> PartitionLog::elect(Offset end) {
  auto const waiting = std::exchange(waiting_, {});
  std::vector<Entry> lost;
  auto const is_within_batch = [this](Offset at) {
    return at < entries_.size() && entries_[at].kind == Entry::Kind::kData &&
           entries_[at].batch == 0;
  };
  while (is_within_batch(end)) --end;  // a replica copies whole batches
  if (end < entries_.size()) {
    for (Offset at = end; at < high_watermark_; ++at) lost.push_back(entries_[at]);
    entries_.resize(end);
    high_watermark_ = std::min(high_watermark_, end);
    rebuild();
  }
  for (Waiting const& one : waiting) one.reply(ErrorCode::kNotLeaderOrFollower);
  return lost;
}

/// Reopens the transactions whose end was truncated.
void PartitionLog::rebuild() {
  producers_.clear();
  unreplicated_.clear();
  for (Entry& entry : entries_) {
    if (entry.transaction != 0 && entry.kind == Entry::Kind::kData) {
      entry.state = Entry::State::kOpen;
    }
  }
  for (Offset at = 0; at < entries_.size(); ++at) {
    if (entries_[at].kind == Entry::Kind::kData) {
      apply_data(at);
    } else {
      apply_marker(at, entries_[at].appended);
    }
  }
  std::erase_if(unreplicated_, [this](auto const& over) { return over.second < high_watermark_; });
  if (compacted_.end > last_stable()) compacted_ = {};
}

PartitionLog::Offset PartitionLog::last_stable() const noexcept {
  Offset stable = high_watermark_;
  for (auto const& [first, marker] : unreplicated_) stable = std::min(stable, first);
  for (auto const& [number, producer] : producers_) {
    if (producer.open_from) stable = std::min(stable, *producer.open_from);
  }
  return stable;
}

bool PartitionLog::has_visible() const {
  for (Offset at = 0; at < last_stable(); ++at) {
    if (is_visible(at)) return true;
  }
  return false;
}

bool PartitionLog::any_open(std::function<bool(Entry const&)> const& is_meant) const {
  for (Offset at = last_stable(); at < entries_.size(); ++at) {
    Entry const& entry = entries_[at];
    if (entry.kind != Entry::Kind::kData || !is_meant(entry)) continue;
    if (entry.state == Entry::State::kOpen) return true;
  }
  return false;
}

PartitionLog::Compacted const& PartitionLog::compacted() {
  Offset const stable = last_stable();
  Offset const until = std::min(stable, entries_.size() - std::min(kUncompacted, entries_.size()));
  for (; compacted_.end < until; ++compacted_.end) {
    if (!is_visible(compacted_.end)) continue;
    Entry const& entry = entries_[compacted_.end];
    compacted_.values.insert_or_assign(entry.key, entry.value);
  }
  return compacted_;
}

}  // namespace k2::simulation::kafka
