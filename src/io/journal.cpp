#include "io/journal.hpp"

#include "core/assert.hpp"
#include "io/journal_format.hpp"
#include "io/journal_generations.hpp"
#include "io/journal_tables.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace k2::io {

Journal::Journal(JournalOptions options, DirectoryLock lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      retention_(options_.retention),
      letters_(options_.dead_letters_bytes_max),
      files_(journal_file(options_.data_dir)) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options) {
  auto lock = DirectoryLock::acquire(options.data_dir);
  if (!lock) return lock.error();
  std::unique_ptr<Journal> journal{new Journal{std::move(options), *std::move(lock)}};
  if (auto const connected = journal->connect(OpenMode::kCreate); !connected)
    return connected.error();
  return journal;
}

Result<void> Journal::connect(OpenMode mode) {
  auto const file = journal_file(options_.data_dir);
  auto database = Database::open(file, mode);
  if (!database) return database.error();
  database_ = *std::move(database);
  if (auto const ready = prepare_journal(database_); !ready) return ready;
  if (auto const ready = prepare(); !ready) return ready;
  if (auto const ready = retention_.attach(database_); !ready) return ready;
  if (auto const ready = letters_.attach(database_); !ready) return ready;
  auto const next = read_next_sequence(database_);
  if (!next) return next.error();
  next_sequence_ = *next;

  auto checkpointer = JournalCheckpointer::start(file);
  if (!checkpointer) return checkpointer.error();
  checkpointer_ = *std::move(checkpointer);
  if (mode == OpenMode::kCreate) {
    files_.opened();
  } else {
    files_.reopened();
  }
  connected_ = true;
  return {};
}

Result<void> Journal::prepare() {
  auto const* sync = options_.sync == JournalSync::kFull ? "PRAGMA synchronous = FULL"
                                                         : "PRAGMA synchronous = NORMAL";
  if (auto const done = database_.execute(sync); !done) return done;
  auto const page_size = database_.query_integer("PRAGMA page_size", 4096);
  if (!page_size) return page_size.error();
  log_pages_max_ =
      static_cast<int>(options_.log_bytes_max / static_cast<std::size_t>(*page_size)) + 1;
  sqlite3_wal_hook(
      database_.raw(),
      [](void* log_pages, sqlite3*, char const*, int pages) {
        *static_cast<int*>(log_pages) = pages;
        return SQLITE_OK;
      },
      &log_pages_);

  std::pair<Statement*, char const*> const wanted[] = {
      {&statements_.begin, "BEGIN IMMEDIATE"},
      {&statements_.commit, "COMMIT"},
      {&statements_.block, "INSERT INTO blocks VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&statements_.position,
       "INSERT INTO positions VALUES (?1, ?2) "
       "ON CONFLICT (symbol) DO UPDATE SET last_id = max(last_id, excluded.last_id)"},
      {&statements_.gap, "REPLACE INTO gaps VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
  };
  for (auto const& [statement, sql] : wanted) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  return {};
}

Result<void> Journal::commit(std::span<sink::Batch const> batches) {
  if (auto const connected = ensure_connected(); !connected) return connected;
  if (checkpointer_->take_finish_wanted()) (void)checkpoint_passively(database_);
  if (auto const room = retention_.make_room(next_sequence_, letters_.file_bytes()); !room) {
    connected_ = connected_ && room.error().code == Errc::kDiskFull;
    return room;
  }
  moved_.clear();
  joined_.count = 0;
  std::uint64_t next = next_sequence_;
  bool stored = statements_.begin.run();
  for (sink::Batch const& batch : batches) {
    sink::Block const& block = batch.block;
    if (block.count > 0) {
      if (block.end_sequence() <= next) continue;  // stored by a commit that seemed to fail
      K2_ASSERT(block.first_sequence == next);
      next = block.end_sequence();
      stored = stored && store_block(block);
    }
    stored = stored && store_notices(batch);
  }
  if (stored && store_joined() && store_positions() && statements_.commit.run()) {
    next_sequence_ = next;
    letters_.committed();
    if (log_pages_ >= log_pages_max_) checkpointer_->request();
    return {};
  }
  Error error = database_.error("commit");
  // Nothing may stay locked until the next try. After some failures SQLite has rolled back by
  // itself; whether this one worked does not matter, since the next try connects anew.
  if (sqlite3_get_autocommit(database_.raw()) == 0) (void)database_.execute("ROLLBACK");
  connected_ = false;
  return error;
}

bool Journal::store_block(sink::Block const& block) {
  for (sink::Position const& position : block.positions) moved_[position.symbol] = position.last;
  if (joined_.count + block.count > sink::kBlockRecordsMax && !store_joined()) return false;
  // Copying what is large already would gain little.
  if (joined_.count == 0 && block.count > sink::kBlockRecordsMax / 2) return insert(block);
  sink::join_blocks(block, joined_);
  return true;
}

bool Journal::store_joined() {
  if (joined_.count == 0) return true;
  joined_.checksum = sink::block_checksum(joined_);
  bool const inserted = insert(joined_);
  joined_.count = 0;
  return inserted;
}

bool Journal::insert(sink::Block const& block) {
  statements_.block.bind(static_cast<std::int64_t>(block.first_sequence))
      .bind(block.count)
      .bind(block.first.time_since_epoch().count())
      .bind(block.last.time_since_epoch().count())
      .bind(block.checksum)
      .bind_blob(block.bytes);
  return statements_.block.run();
}

bool Journal::store_notices(sink::Batch const& batch) {
  for (sink::DeclaredGap const& gap : batch.gaps) {
    statements_.gap.bind(gap.symbol)
        .bind(static_cast<std::int64_t>(value(gap.ids.first)))
        .bind(static_cast<std::int64_t>(value(gap.ids.last)))
        .bind(gap.why)
        .bind(static_cast<std::int64_t>(gap.state))
        .bind(gap.declared_at.time_since_epoch().count());
    if (!statements_.gap.run()) return false;
  }
  for (sink::TapeRestart const& restart : batch.restarts) {
    if (!store_restart(database_, restart)) return false;
  }
  for (sink::DeadLetter const& letter : batch.dead_letters) {
    if (!letters_.store(letter)) return false;
  }
  return letters_.trim();
}

bool Journal::store_positions() {
  return std::ranges::all_of(moved_, [this](auto const& moved) {
    statements_.position.bind(moved.first).bind(static_cast<std::int64_t>(value(moved.second)));
    return statements_.position.run();
  });
}

Result<void> Journal::check_files() {
  if (lost_) return *lost_;
  if (auto const lost = files_.lost()) {
    lost_ = Error{Errc::kFileFailed,
                  *lost + "; what is stored into it would be gone with this process"};
    return *lost_;
  }
  return {};
}

Result<void> Journal::ensure_connected() {
  // A new file must never take the place of the one that was deleted.
  if (auto const here = check_files(); !here) return here;
  if (connected_) return {};
  checkpointer_.reset();
  statements_ = {};
  retention_.detach();
  letters_.detach();
  database_ = {};
  return connect(OpenMode::kReadWrite);
}

Result<void> Journal::checkpoint() {
  if (auto const connected = ensure_connected(); !connected) return connected;
  return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<std::string> Journal::id() {
  if (auto const connected = ensure_connected(); !connected) return connected.error();
  return read_journal_id(database_);
}

Result<std::vector<sink::Position>> Journal::positions() {
  if (auto const connected = ensure_connected(); !connected) return connected.error();
  return read_positions(database_);
}

Result<std::vector<sink::TapeRestart>> Journal::generations() {
  if (auto const connected = ensure_connected(); !connected) return connected.error();
  return read_generations(database_);
}

Result<std::vector<sink::DeclaredGap>> Journal::gaps() {
  if (auto const connected = ensure_connected(); !connected) return connected.error();
  return read_gaps(database_);
}

}  // namespace k2::io
