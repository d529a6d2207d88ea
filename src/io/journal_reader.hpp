// The journal's reading end: blocks in order, one at a time in bounded memory, also while another
// process writes. It holds no transaction between blocks, so it never keeps the log from being
// recycled; what is appended meanwhile is read as well, up to where the caller stops.
// A damaged block is reported with its place and reading goes on behind it. One thread.
#pragma once

#include "core/result.hpp"
#include "io/journal_tables.hpp"
#include "io/sqlite.hpp"
#include "sink/block.hpp"
#include "sink/notices.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace k2::io {

/// What JournalReader::next() came upon.
enum class ReadStatus : std::uint8_t {
  kBlock,
  /// Nothing follows (yet).
  kEnd,
  /// A block whose checksum or lengths are wrong; error() names its place. Reading goes on.
  kCorrupt,
  /// The database could not be read; error() says why.
  kFailed,
};

/// What a journal holds. Sequence numbers are those of records.
struct JournalExtent {
  std::uint64_t first_sequence = 0;
  std::uint64_t end_sequence = 0;
  std::uint64_t blocks = 0;
};

class JournalReader {
 public:
  /// Opens the journal of a data directory read-only.
  /// Errors: kFileFailed when there is none, kJournalFormat, kDataCorrupt, kJournalFailed.
  [[nodiscard]] static Result<JournalReader> open(std::filesystem::path const& data_dir);

  /// Goes on with the block that holds `sequence`, or with the next one.
  /// Errors: those of the database.
  [[nodiscard]] Result<void> seek(std::uint64_t sequence);
  /// Reads only blocks with a trade matched in [from, to) from now on.
  void limit_to(UtcTime from, UtcTime to) noexcept;
  /// Reads the next block into `out`, reusing its memory; `out.positions` stays empty.
  [[nodiscard]] ReadStatus next(sink::Block& out);
  [[nodiscard]] Error const& error() const noexcept { return error_; }

  /// Errors: those of the database.
  [[nodiscard]] Result<JournalExtent> extent();
  /// The same without the number of blocks, which takes a look at each.
  /// Errors: those of the database.
  [[nodiscard]] Result<JournalExtent> ends();
  /// Per symbol, the last durable id, by symbol.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::Position>> positions();
  /// As read_retired(). Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::Position>> retired();
  /// All declared gaps, by symbol and first id.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::DeclaredGap>> gaps();
  /// How many dead letters there are.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::uint64_t> dead_letter_count();
  /// The newest dead letters, oldest first, at most `count_max`.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::vector<sink::DeadLetter>> dead_letters(std::int64_t count_max);
  /// The number of the newest dead letter; 0 for none.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::uint64_t> newest_letter();
  /// As read_letters_behind(). Errors: those of the database.
  [[nodiscard]] Result<std::vector<NumberedLetter>> letters_behind(std::uint64_t number,
                                                                   std::size_t count_max,
                                                                   std::size_t bytes_max);

 private:
  JournalReader(Database database, Statement select) noexcept;

  Database database_;
  Statement select_;
  std::uint64_t next_ = 0;
  std::int64_t from_;
  std::int64_t to_;
  Error error_;
};

}  // namespace k2::io
