#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCommitInterval{5};
constexpr milliseconds kRetry{200};
/// Commits between two syncs of the log.
constexpr std::uint64_t kSyncEvery = 64;

}  // namespace

bool Disk::try_push(sink::Batch&& batch) {
  if (waiting_.size() >= kWaitingMax) return false;
  waiting_.push_back(std::move(batch));
  arm();
  return true;
}

void Disk::arm() {
  if (armed_ || waiting_.empty()) return;
  armed_ = true;
  auto const wait = clock_.mono < failing_until_ ? kRetry : kCommitInterval;
  auto const jitter = milliseconds{rng_.below(5)};
  queue_.at(clock_.mono + wait + jitter + slowness_, [this, life = life_] {
    if (life != life_) return;
    armed_ = false;
    if (clock_.mono >= failing_until_) commit();
    arm();
  });
}

void Disk::commit() {
  std::vector<sink::Batch> group;
  while (!waiting_.empty() && group.size() < kGroupMax) {
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  for (sink::Batch const& batch : group) log_.fold(batch.block.checksum);
  durable_.commit(group);
  ++shown_.commits;
  for (sink::Batch const& batch : group) {
    shown_.receive_durable.observe(clock_.now().utc - batch.received_at, batch.block.count);
  }
  if (++commits_ % kSyncEvery == 0) synced_ = durable_;
}

watch::JournalSnapshot Disk::journal() const {
  auto journal = shown_;
  journal.failing = clock_.mono < failing_until_;
  journal.waiting_batches = waiting_.size();
  return journal;
}

void Disk::forget_waiting() {
  ++life_;
  armed_ = false;
  waiting_.clear();
  shown_ = {};
}

void Disk::lose_power() {
  forget_waiting();
  durable_ = synced_;
}

void Disk::drain() {
  while (!waiting_.empty()) commit();
  synced_ = durable_;
}

}  // namespace k2::simulation
