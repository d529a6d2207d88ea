// Moves the write-ahead log into the journal's main file, on a thread of its own: a checkpoint
// inside a commit would stall it for tens of milliseconds. It never waits for the writer, nor the
// writer for it. While the writer runs at full speed a pass always leaves what was written
// meanwhile; passes go on until that rest is small, and the writer then moves the last of it
// itself (finish_wanted), since only a log that is moved whole can start over from its beginning.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace k2::io {

/// Moves what can be moved without waiting; returns the pages that are left.
/// Errors: those of the database; kBusy when another connection is at it.
[[nodiscard]] Result<int> checkpoint_passively(Database& database);

class JournalCheckpointer {
 public:
  /// Opens its own connection to the file and starts the thread.
  /// Errors: those of the database.
  [[nodiscard]] static Result<std::unique_ptr<JournalCheckpointer>> start(
      std::filesystem::path const& file);
  ~JournalCheckpointer();
  JournalCheckpointer(JournalCheckpointer const&) = delete;
  JournalCheckpointer& operator=(JournalCheckpointer const&) = delete;

  /// Asks for a checkpoint; returns at once. Any thread.
  void request();
  /// True once after passes that left a small rest for the writer. The writer's thread.
  [[nodiscard]] bool take_finish_wanted() noexcept {
    return finish_wanted_.load(std::memory_order_relaxed) &&
           finish_wanted_.exchange(false, std::memory_order_acquire);
  }

 private:
  explicit JournalCheckpointer(Database database);
  void run();
  void checkpoint();

  Database database_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
  bool stopping_ = false;
  std::atomic<bool> finish_wanted_{false};
  std::thread thread_;
};

}  // namespace k2::io
