#include "io/journal_thread.hpp"

#include "io/clock.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace k2::io {
namespace {

constexpr std::size_t kDoNotWake = std::numeric_limits<std::size_t>::max();

/// No transaction takes more batches, so that readers see progress and the log grows evenly.
constexpr std::size_t kGroupBatchesMax = 64;

/// How long it sleeps at most, so that it is seen to live, and that a deleted file is noticed.
constexpr std::chrono::seconds kNapMax{1};

}  // namespace

JournalThread::JournalThread(std::unique_ptr<Journal> journal, JournalThreadOptions options)
    : journal_(std::move(journal)),
      options_(std::move(options)),
      waiting_(options_.waiting_batches_max),
      emptied_(options_.waiting_batches_max + kGroupBatchesMax),
      group_(kGroupBatchesMax),
      retry_(options_.retry_first),
      durable_sequence_(journal_->next_sequence()),
      thread_([this] { run(); }) {}

JournalThread::~JournalThread() {
  (void)stop();
}

bool JournalThread::try_push(sink::Batch&& batch) {
  if (!waiting_.try_push(std::move(batch))) return false;
  if (waiting_.size() >= wake_at_.load(std::memory_order_seq_cst)) wakeup_.signal();
  return true;
}

sink::Batch JournalThread::take_emptied() {
  sink::Batch batch;
  (void)emptied_.try_pop(batch);
  return batch;
}

Result<void> JournalThread::stop() {
  if (!joined_) {
    stopping_.store(true, std::memory_order_seq_cst);
    wakeup_.signal();
    thread_.join();
    joined_ = true;
  }
  return outcome_;
}

JournalStatus JournalThread::status() const noexcept {
  // Read first: a status that says `lost` also says what failed.
  bool const lost = lost_.load(std::memory_order_acquire);
  return {.durable_sequence = durable_sequence_.load(std::memory_order_acquire),
          .commits = commits_.load(std::memory_order_relaxed),
          .commit_time = std::chrono::nanoseconds{commit_time_ns_.load(std::memory_order_relaxed)},
          .failures = failures_.load(std::memory_order_relaxed),
          .failing = failing_.load(std::memory_order_relaxed),
          .lost = lost,
          .waiting_batches = waiting_.size(),
          .turned = heartbeat_.age(),
          .retired_blocks = retired_blocks_.load(std::memory_order_relaxed),
          .retired_records = retired_records_.load(std::memory_order_relaxed),
          .retired_letters = retired_letters_.load(std::memory_order_relaxed)};
}

std::vector<sink::Position> JournalThread::positions() const {
  std::scoped_lock const lock{mutex_};
  std::vector<sink::Position> positions;
  positions.reserve(positions_.size());
  for (auto const& [symbol, last] : positions_) positions.push_back({symbol, last});
  return positions;
}

Histogram JournalThread::receive_to_durable() const {
  std::scoped_lock const lock{mutex_};
  return receive_to_durable_;
}

Error JournalThread::last_error() const {
  std::scoped_lock const lock{mutex_};
  return last_error_;
}

void JournalThread::run() {
  for (;;) {
    wait_for_work();
    if (is_lost()) break;
    gather();
    if (group_size_ == 0) {
      if (!stopping_.load(std::memory_order_seq_cst)) continue;
      // What was pushed before stop() is visible now; only an empty queue ends the work.
      if (waiting_.size() == 0) break;
      continue;
    }
    while (!commit_group()) {
      if (is_lost() || patience_is_over()) {
        outcome_ = last_error();
        return;
      }
      pause_after_failure();
    }
  }
  outcome_ = journal_->checkpoint();
}

bool JournalThread::is_lost() {
  auto const here = journal_->check_files();
  if (here) return false;
  if (!lost_.load(std::memory_order_relaxed)) note_failure(here.error(), true);
  return true;
}

void JournalThread::wait_for_work() {
  sleep_until(1, std::nullopt);
  sleep_until(options_.commit_batches, last_commit_ + options_.commit_interval);
}

/// Returns when so many batches wait, at the deadline, or when the thread is to stop.
void JournalThread::sleep_until(std::size_t waiting, std::optional<Clock::time_point> deadline) {
  wake_at_.store(waiting, std::memory_order_seq_cst);
  while (waiting_.size() < waiting && !stopping_.load(std::memory_order_seq_cst)) {
    heartbeat_.beat();
    if (is_lost()) break;
    std::chrono::nanoseconds time = kNapMax;
    if (deadline) {
      time = *deadline - Clock::now();
      if (time <= std::chrono::nanoseconds::zero()) break;
    }
    wakeup_.wait(time);
  }
  wake_at_.store(kDoNotWake, std::memory_order_relaxed);
}

void JournalThread::gather() {
  while (group_size_ < group_.size() && waiting_.try_pop(group_[group_size_])) ++group_size_;
}

bool JournalThread::commit_group() {
  heartbeat_.beat();
  auto const begun = Clock::now();
  auto const done = journal_->commit(std::span{group_}.first(group_size_));
  last_commit_ = Clock::now();
  if (!done) {
    note_failure(done.error());
    return false;
  }
  note_success(last_commit_ - begun);
  for (sink::Batch& batch : std::span{group_}.first(group_size_)) {
    batch.clear();
    // When the shard takes none back, the memory goes.
    if (!emptied_.try_push(std::move(batch))) batch = {};
  }
  group_size_ = 0;
  return true;
}

void JournalThread::note_success(std::chrono::nanoseconds took) {
  {
    std::scoped_lock const lock{mutex_};
    UtcTime const now = read_clock().utc;
    for (sink::Batch const& batch : std::span{group_}.first(group_size_)) {
      receive_to_durable_.observe(now - batch.received_at, batch.block.count);
    }
    for (auto const& [symbol, last] : journal_->moved()) {
      if (auto const found = positions_.find(symbol); found != positions_.end()) {
        found->second = last;
      } else {
        positions_.emplace(symbol, last);
      }
    }
  }
  retry_ = options_.retry_first;
  failing_.store(false, std::memory_order_relaxed);
  commits_.fetch_add(1, std::memory_order_relaxed);
  retired_blocks_.store(journal_->retention().blocks(), std::memory_order_relaxed);
  retired_records_.store(journal_->retention().records(), std::memory_order_relaxed);
  retired_letters_.store(journal_->letters().retired(), std::memory_order_relaxed);
  commit_time_ns_.fetch_add(took.count(), std::memory_order_relaxed);
  durable_sequence_.store(journal_->next_sequence(), std::memory_order_release);
  if (options_.on_progress) options_.on_progress();
}

void JournalThread::note_failure(Error const& error, bool lost) {
  {
    std::scoped_lock const lock{mutex_};
    last_error_ = error;
  }
  failing_.store(true, std::memory_order_relaxed);
  failures_.fetch_add(1, std::memory_order_relaxed);
  if (lost) lost_.store(true, std::memory_order_release);
  if (options_.on_progress) options_.on_progress();
}

void JournalThread::pause_after_failure() {
  auto const until = Clock::now() + retry_;
  retry_ = std::min(retry_ * 2, options_.retry_max);
  bool const stopping = stopping_.load(std::memory_order_seq_cst);
  for (auto left = until - Clock::now(); left > Clock::duration::zero();
       left = until - Clock::now()) {
    wakeup_.wait(left);
    // stop() cuts the pause that it falls into, not those that follow.
    if (!stopping && stopping_.load(std::memory_order_seq_cst)) break;
  }
}

bool JournalThread::patience_is_over() {
  if (!stopping_.load(std::memory_order_seq_cst)) return false;
  if (!give_up_at_) give_up_at_ = Clock::now() + options_.stop_patience;
  return Clock::now() >= *give_up_at_;
}

}  // namespace k2::io
