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
#include "sink/tape_name.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
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

/// What a journal holds beside its trades, all of one moment.
struct JournalSnapshot {
  JournalExtent extent;
  /// The lowest first_sequence of any row; it is below 1 only in a damaged journal.
  std::int64_t lowest_sequence = 0;
  /// The sequence number that the oldest block must have since blocks were deleted at the limit.
  std::optional<std::uint64_t> retired_to;
  std::vector<sink::Position> positions;
  std::vector<sink::Position> retired;
  GapRows gaps;
  std::vector<sink::TapeRestart> generations;
  std::uint64_t dead_letters = 0;
};

/// The blocks before a sequence number, by their headers alone.
struct BlockRun {
  std::uint64_t first_sequence = 0;
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
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
  /// Goes on with the first block of which a trade was matched at or after `since`, and with the
  /// one before it; returns its sequence number, or the journal's end when there is none.
  /// Errors: those of the database.
  [[nodiscard]] Result<std::uint64_t> seek_time(UtcTime since);
  /// Goes on with the block before `sequence`; false when there is none.
  /// Errors: those of the database.
  [[nodiscard]] Result<bool> seek_before(std::uint64_t sequence);
  /// Reads the next block into `out`, reusing its memory; `out.positions` stays empty. A block that
  /// begins inside the one before it counts as damaged.
  [[nodiscard]] ReadStatus next(sink::Block& out);
  [[nodiscard]] Error const& error() const noexcept { return error_; }

  /// Reads all but the trades in one transaction.
  /// Errors: those of the database.
  [[nodiscard]] Result<JournalSnapshot> snapshot();
  /// Counts the blocks that begin before `sequence` and their records, in one transaction.
  /// Errors: those of the database.
  [[nodiscard]] Result<BlockRun> run_before(std::uint64_t sequence);
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
  /// As read_gaps(). Errors: kDataCorrupt, and those of the database.
  [[nodiscard]] Result<std::vector<sink::DeclaredGap>> gaps();
  /// As read_generations(). Errors: kDataCorrupt, and those of the database.
  [[nodiscard]] Result<std::vector<sink::TapeRestart>> generations();
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
  [[nodiscard]] Result<JournalSnapshot> read_snapshot();
  template <class Read>
  [[nodiscard]] auto at_one_moment(Read const& read) -> decltype(read());

  Database database_;
  Statement select_;
  std::uint64_t next_ = 0;
  /// Where the last sound block ended; nothing may begin before.
  std::uint64_t end_ = 0;
  std::int64_t from_;
  std::int64_t to_;
  Error error_;
};

}  // namespace k2::io
