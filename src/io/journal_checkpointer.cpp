#include "io/journal_checkpointer.hpp"

#include <sqlite3.h>

#include <utility>

namespace k2::io {
namespace {

/// A rest that the writer moves in about a millisecond. Units: pages.
constexpr int kSmallRestPages = 256;
constexpr int kPassesMax = 8;

}  // namespace

Result<int> checkpoint_passively(Database& database) {
  int in_log = 0;
  int moved = 0;
  int const code = sqlite3_wal_checkpoint_v2(database.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &in_log, &moved);
  if (code != SQLITE_OK) return database.error("checkpoint");
  return in_log - moved;
}

Result<std::unique_ptr<JournalCheckpointer>> JournalCheckpointer::start(
    std::filesystem::path const& file) {
  auto database = Database::open(file, OpenMode::kReadWrite);
  if (!database) return database.error();
  return std::unique_ptr<JournalCheckpointer>{new JournalCheckpointer{*std::move(database)}};
}

JournalCheckpointer::JournalCheckpointer(Database database)
    : database_(std::move(database)), thread_([this] { run(); }) {}

JournalCheckpointer::~JournalCheckpointer() {
  {
    std::scoped_lock const lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void JournalCheckpointer::request() {
  {
    std::scoped_lock const lock{mutex_};
    if (requested_) return;
    requested_ = true;
  }
  changed_.notify_one();
}

void JournalCheckpointer::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return requested_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    checkpoint();
    lock.lock();
    requested_ = false;
  }
}

void JournalCheckpointer::checkpoint() {
  // A failed pass is no harm: the log is whole, and the next commit asks again.
  for (int pass = 0; pass < kPassesMax; ++pass) {
    auto const rest = checkpoint_passively(database_);
    if (!rest) return;
    if (*rest <= kSmallRestPages) break;
  }
  finish_wanted_.store(true, std::memory_order_release);
}

}  // namespace k2::io
