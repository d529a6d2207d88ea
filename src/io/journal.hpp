// The journal's writing end: blocks of trades, the positions they move, declared gaps and dead
// letters, each commit all or nothing. It is always in the path of a trade: what it has committed
// survives kill -9 (sync normal) or loss of power (sync full).
// One thread at a time; JournalThread is that thread in production. Reading is JournalReader's.
#pragma once

#include "core/result.hpp"
#include "io/directory_lock.hpp"
#include "io/journal_checkpointer.hpp"
#include "io/journal_files.hpp"
#include "io/journal_letters.hpp"
#include "io/journal_retention.hpp"
#include "io/sqlite.hpp"
#include "sink/batch.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace k2::io {

/// What a commit survives.
enum class JournalSync : std::uint8_t {
  /// Death of the process.
  kNormal,
  /// Loss of power as well: each commit waits for the disk.
  kFull,
};

struct JournalOptions {
  std::filesystem::path data_dir;
  JournalSync sync = JournalSync::kNormal;
  /// Size of the write-ahead log that asks for a checkpoint.
  /// Chosen: a restart reads the log through once; 32 MiB take tens of milliseconds.
  std::size_t log_bytes_max = std::size_t{32} << 20;
  RetentionOptions retention{};
  /// The oldest dead letters are deleted beyond it.
  std::uint64_t dead_letters_bytes_max = kDeadLettersBytesMax;
};

class Journal {
 public:
  /// Opens the journal of a data directory for writing, creating both when missing.
  /// Errors: kBusy when another process writes it, kJournalFormat when a newer program did,
  /// kFileFailed, kDiskFull, kDataCorrupt, kJournalFailed.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(JournalOptions options);
  ~Journal();
  Journal(Journal const&) = delete;
  Journal& operator=(Journal const&) = delete;

  /// Stores the batches in one transaction; small blocks that follow each other are joined into
  /// one row. After a failure the next call connects anew, and skips
  /// the blocks that the journal turns out to hold: repeating a failed commit is always right.
  /// Errors: kDiskFull, kFileFailed, kBusy, kDataCorrupt, kJournalFailed; nothing is then stored.
  [[nodiscard]] Result<void> commit(std::span<sink::Batch const> batches);

  /// Compares the open files with their paths. Once one was deleted or replaced, nothing is stored
  /// any more: it would be gone with this process.
  /// Errors: kFileFailed, for good.
  [[nodiscard]] Result<void> check_files();

  /// Moves the whole log into the main file, as a clean end of the program does.
  /// Errors: those of commit().
  [[nodiscard]] Result<void> checkpoint();

  /// The sequence number that the next block must start with.
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  /// The positions that the last commit() moved, by names in its batches.
  [[nodiscard]] std::unordered_map<std::string_view, TradeId> const& moved() const noexcept {
    return moved_;
  }
  /// What was deleted at the journal's limit in this run.
  [[nodiscard]] JournalRetention const& retention() const noexcept { return retention_; }
  [[nodiscard]] JournalLetters const& letters() const noexcept { return letters_; }
  /// As read_journal_id(). Errors: those of the database.
  [[nodiscard]] Result<std::string> id();
  /// Per symbol, the last id that is durable.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::Position>> positions();
  /// All declared gaps, by symbol and id.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::DeclaredGap>> gaps();
  /// As read_generations(). Errors: kDataCorrupt, and those of the database.
  [[nodiscard]] Result<std::vector<sink::TapeRestart>> generations();

 private:
  struct Statements {
    Statement begin, commit, block, position, gap;
  };

  Journal(JournalOptions options, DirectoryLock lock);
  [[nodiscard]] Result<void> connect(OpenMode mode);
  [[nodiscard]] Result<void> ensure_connected();
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] bool store_block(sink::Block const& block);
  [[nodiscard]] bool store_joined();
  [[nodiscard]] bool insert(sink::Block const& block);
  [[nodiscard]] bool store_notices(sink::Batch const& batch);
  [[nodiscard]] bool store_positions();

  JournalOptions options_;
  DirectoryLock lock_;
  Database database_;
  Statements statements_;
  JournalRetention retention_;
  JournalLetters letters_;
  std::unique_ptr<JournalCheckpointer> checkpointer_;
  JournalFiles files_;
  std::optional<Error> lost_;
  bool connected_ = false;
  std::uint64_t next_sequence_ = 0;
  std::unordered_map<std::string_view, TradeId> moved_;
  sink::Block joined_;
  int log_pages_ = 0;
  int log_pages_max_ = 0;
};

}  // namespace k2::io
