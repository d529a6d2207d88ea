// The journal's own thread: the shard hands batches over without ever waiting for a disk, and they
// are committed in groups of whatever has accumulated. A disk that is full or failing is retried
// for ever; meanwhile the hand-over fills up and says no, and the shard's policy decides.
// try_push() and take_emptied() belong to one thread (the shard's), the queries to any.
#pragma once

#include "core/histogram.hpp"
#include "io/heartbeat.hpp"
#include "io/journal.hpp"
#include "io/spsc_queue.hpp"
#include "io/wakeup.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace k2::io {

struct JournalThreadOptions {
  /// How far apart commits are when little comes. Chosen: small against a network's latency, and
  /// 200 commits a second cost about 4 % of a core (measured).
  std::chrono::nanoseconds commit_interval = std::chrono::milliseconds{5};
  /// How many waiting batches end the pause at once.
  std::size_t commit_batches = 16;
  /// Bound of the hand-over; beyond it try_push() says no.
  std::size_t waiting_batches_max = 256;
  /// Pause after a failure: doubled from the first to the second.
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds{50};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{5};
  /// How long stop() goes on trying when the disk refuses.
  std::chrono::nanoseconds stop_patience = std::chrono::seconds{5};
  /// Called by the journal's thread after each commit and each failure; must return at once.
  std::function<void()> on_progress = {};
};

/// How the journal is doing; a moment old, each number whole in itself.
struct JournalStatus {
  /// All records below it are durable.
  std::uint64_t durable_sequence = 0;
  std::uint64_t commits = 0;
  std::chrono::nanoseconds commit_time{};
  std::uint64_t failures = 0;
  /// True from a failed commit to the next that succeeds.
  bool failing = false;
  /// The journal's file was deleted or replaced: nothing more is stored, and only a new start
  /// helps.
  bool lost = false;
  std::size_t waiting_batches = 0;
  /// Since the thread last went round; it does so also when there is nothing to do.
  std::chrono::nanoseconds turned{};
  /// Deleted at the journal's limit, since nobody needed them any more.
  std::uint64_t retired_blocks = 0;
  std::uint64_t retired_records = 0;
  /// Dead letters deleted to keep their own limits.
  std::uint64_t retired_letters = 0;
};

class JournalThread final : public sink::BatchDoor {
 public:
  /// Takes the journal over and starts.
  JournalThread(std::unique_ptr<Journal> journal, JournalThreadOptions options = {});
  /// Stops as stop() does.
  ~JournalThread() override;
  JournalThread(JournalThread const&) = delete;
  JournalThread& operator=(JournalThread const&) = delete;

  /// False when waiting_batches_max is reached.
  [[nodiscard]] bool try_push(sink::Batch&& batch) override;
  [[nodiscard]] sink::Batch take_emptied() override;

  /// Commits all that was pushed, moves the log into the main file and ends the thread. After it
  /// nothing may be pushed. A second call returns the first one's outcome.
  /// Errors: the last commit's when the disk refused for longer than stop_patience.
  Result<void> stop();

  [[nodiscard]] JournalStatus status() const noexcept;
  /// Per symbol, the newest durable id, as far as this journal's thread has moved it.
  [[nodiscard]] std::vector<sink::Position> positions() const;
  /// From the receipt of a block's first trade until the block was durable, once for each of its
  /// trades.
  [[nodiscard]] Histogram receive_to_durable() const;
  /// The newest failure, or an error with kOk when there was none.
  [[nodiscard]] Error last_error() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void wait_for_work();
  void sleep_until(std::size_t waiting, std::optional<Clock::time_point> deadline);
  void gather();
  /// Commits the gathered group; false when it must be tried again.
  [[nodiscard]] bool commit_group();
  void note_success(std::chrono::nanoseconds took);
  void note_failure(Error const& error, bool lost = false);
  void pause_after_failure();
  [[nodiscard]] bool patience_is_over();
  [[nodiscard]] bool is_lost();

  std::unique_ptr<Journal> journal_;
  JournalThreadOptions options_;
  SpscQueue<sink::Batch> waiting_;
  SpscQueue<sink::Batch> emptied_;
  Wakeup wakeup_;
  Heartbeat heartbeat_;
  /// The pusher wakes the thread when at least so many batches wait.
  std::atomic<std::size_t> wake_at_{1};
  std::atomic<bool> stopping_{false};

  // The thread's own.
  std::vector<sink::Batch> group_;
  std::size_t group_size_ = 0;
  /// Before the first one: long ago, also on a machine that has just started.
  Clock::time_point last_commit_ = Clock::now() - std::chrono::hours{24};
  std::chrono::nanoseconds retry_{};
  std::optional<Clock::time_point> give_up_at_;

  std::atomic<std::uint64_t> durable_sequence_;
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::int64_t> commit_time_ns_{0};
  std::atomic<std::uint64_t> retired_blocks_{0};
  std::atomic<std::uint64_t> retired_records_{0};
  std::atomic<std::uint64_t> retired_letters_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<bool> failing_{false};
  std::atomic<bool> lost_{false};

  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, TradeId, std::less<>> positions_;
  Error last_error_;
  Histogram receive_to_durable_;

  Result<void> outcome_;
  bool joined_ = false;
  std::thread thread_;
};

}  // namespace k2::io
