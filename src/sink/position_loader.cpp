#include "sink/position_loader.hpp"

#include "core/planted.hpp"
#include "sink/partition.hpp"

namespace k2::sink {

void PositionLoader::start(std::uint64_t ticket, std::set<std::int32_t> partitions,
                           bool dead_letters) {
  stop();
  stage_ = Stage::kSettling;
  ticket_ = ticket;
  partitions_ = std::move(partitions);
  dead_letters_ = dead_letters;
}

void PositionLoader::stop() {
  if (stage_ != Stage::kStopped) ports_.positions.close();
  comparison_.stop();
  stage_ = Stage::kStopped;
  all_read_ = outcomes_known_ = false;
  other_ends_.clear();
  with_positions_.clear();
  book_ = PositionBook{partition_count_};
}

Result<LoadState> PositionLoader::step() {
  switch (stage_) {
    case Stage::kStopped:
      return LoadState::kReading;
    case Stage::kSettling:
      return settle();
    case Stage::kOpening:
      return open();
    case Stage::kFindingEnds:
      return find_ends();
    case Stage::kReading:
      return all_read_ ? finish() : read();
    case Stage::kComparing:
      return compare();
  }
  return LoadState::kReading;
}

/// The ends of topics may be read only afterwards: a transaction whose offsets the group has
/// accepted is in the topics by then, or will never be.
Result<LoadState> PositionLoader::settle() {
  if (partitions_.empty()) {
    // Only the dead letters' number is needed. Nobody else delivers those of this journal.
    stage_ = Stage::kOpening;
    return LoadState::kReading;
  }
  auto const transactions = ports_.group.transactions(partitions_);
  if (!transactions) return transactions.error();
  if (*transactions == GroupTransactions::kOpen) return LoadState::kPendingTransactions;
  if (*transactions == GroupTransactions::kSettled) stage_ = Stage::kOpening;
  return LoadState::kReading;
}

Result<LoadState> PositionLoader::open() {
  auto asked = partitions_;
  if (dead_letters_) asked.insert(letter_partition());
  auto const opened = ports_.positions.open(
      asked, K2_PLANTED(kReadToStableOffset) ? ReadEnd::kLastStable : ReadEnd::kHighWatermark);
  if (!opened) return opened.error();
  if (*opened == Progress::kPending) return LoadState::kReading;
  list_other_places();
  stage_ = Stage::kFindingEnds;
  return LoadState::kReading;
}

/// Dead letters are in the partition of the symbol that they name, so each partition may hold some
/// of this journal.
void PositionLoader::list_other_places() {
  other_ends_.clear();
  for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
    bool const ours = partitions_.contains(partition);
    if (ours) other_ends_.push_back({.topic = DeliveryTopic::kTrades, .partition = partition});
    if (ours) other_ends_.push_back({.topic = DeliveryTopic::kGaps, .partition = partition});
    if (ours || dead_letters_) {
      other_ends_.push_back({.topic = DeliveryTopic::kDeadLetters, .partition = partition});
    }
  }
  outcomes_ = other_ends_.size();
  if (!dead_letters_) return;
  for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
    if (partitions_.contains(partition)) continue;
    other_ends_.push_back({.topic = DeliveryTopic::kTrades, .partition = partition});
    other_ends_.push_back({.topic = DeliveryTopic::kPositions, .partition = partition});
  }
}

std::int32_t PositionLoader::letter_partition() const {
  return partition_of(letter_key(journal_), partition_count_);
}

/// Returns the partitions that hold trades and for which no position was seen elsewhere. If the
/// topic does not say how far the dead letters of this journal are delivered, partitions of others
/// show whether its positions were lost: all dead letters would be delivered twice.
std::set<std::int32_t> PositionLoader::used_partitions() const {
  bool const with_others = dead_letters_ && book_.letters(journal_) == 0;
  std::set<std::int32_t> used;
  for (TopicPlace const& place : other_ends_) {
    if (place.offset <= 0) continue;
    bool const ours = partitions_.contains(place.partition);
    if (place.topic == DeliveryTopic::kTrades && (ours || with_others)) {
      used.insert(place.partition);
    }
    bool const is_read = place.partition == letter_partition();
    if (place.topic == DeliveryTopic::kPositions && !is_read) used.erase(place.partition);
  }
  for (std::int32_t const partition : with_positions_) {
    if (!partitions_.contains(partition)) used.erase(partition);
  }
  return used;
}

Result<LoadState> PositionLoader::find_ends() {
  auto const found = ports_.positions.find_ends(other_ends_);
  if (!found) return found.error();
  if (*found == Progress::kDone) stage_ = Stage::kReading;
  return LoadState::kReading;
}

Result<LoadState> PositionLoader::read() {
  PositionRecord record;
  for (int count = 0; count < kRecordsPerStep; ++count) {
    auto const read = ports_.positions.read(record);
    if (!read) return read.error();
    switch (*read) {
      case PositionRead::kRecord:
        if (auto const applied = apply(record); !applied) return applied.error();
        break;
      case PositionRead::kNothingYet:
        return LoadState::kReading;
      case PositionRead::kPendingTransactions:
        // The brokers are queried anyway: if they do not answer, this is an error and no wait for
        // an outcome.
        return check_outcomes(LoadState::kPendingTransactions);
      case PositionRead::kEnd:
        all_read_ = true;
        return finish();
    }
  }
  return LoadState::kReading;
}

Result<LoadState> PositionLoader::finish() {
  if (!outcomes_known_) {
    auto const state = check_outcomes(LoadState::kDone);
    if (!state || *state != LoadState::kDone) return state;
    outcomes_known_ = true;
    positions_ends_.clear();
    for (std::int32_t const partition : partitions_) {
      positions_ends_.push_back({.topic = DeliveryTopic::kPositions, .partition = partition});
    }
  }
  return check_positions_end();
}

/// Another process may have aborted what hung here meanwhile. It wrote a note before, which is
/// behind the end up to which the positions were read.
Result<LoadState> PositionLoader::check_positions_end() {
  if (!positions_ends_.empty()) {
    auto const found = ports_.positions.find_ends(positions_ends_);
    if (!found) return found.error();
    if (*found == Progress::kPending) return LoadState::kReading;
  }
  for (TopicPlace const& end : positions_ends_) {
    if (end.offset <= ports_.positions.end_of(end.partition)) continue;
    auto const partitions = partitions_;
    start(ticket_, partitions, dead_letters_);
    return LoadState::kReading;
  }
  if (!K2_PLANTED(kSkipComparison)) comparison_.start(book_.hanging(partitions_));
  stage_ = Stage::kComparing;
  return compare();
}

Result<LoadState> PositionLoader::compare() {
  auto const compared = comparison_.step(book_);
  if (!compared) return compared.error();
  if (*compared == Progress::kPending) return LoadState::kReading;
  if (K2_PLANTED(kSkipPositionsCheck)) return LoadState::kDone;
  auto const checked = ports_.positions.check(used_partitions(), book_);
  if (!checked) return checked.error();
  return LoadState::kDone;
}

Result<void> PositionLoader::apply(PositionRecord const& record) {
  bool const is_symbol = !record.key.starts_with('/');
  if (is_symbol) with_positions_.insert(record.partition);
  if (is_symbol && !partitions_.contains(record.partition)) return {};
  return book_.apply(record.partition, record.key, record.value);
}

Result<LoadState> PositionLoader::check_outcomes(LoadState when_known) {
  if (outcomes_ == 0 || K2_PLANTED(kAskPositionsOnly)) return when_known;
  stable_ends_.assign(other_ends_.begin(),
                      other_ends_.begin() + static_cast<std::ptrdiff_t>(outcomes_));
  auto const found = ports_.positions.find_stable_ends(stable_ends_);
  if (!found) return found.error();
  if (*found == Progress::kPending) return LoadState::kReading;
  for (std::size_t at = 0; at < outcomes_; ++at) {
    if (stable_ends_[at].offset < other_ends_[at].offset) return LoadState::kPendingTransactions;
  }
  return when_known;
}

}  // namespace k2::sink
