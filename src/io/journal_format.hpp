// The journal's file: its name, its tables and the version of both. docs/journal.md describes it
// for people; the writer (journal) and the reader (journal_reader) share it from here.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace k2::io {

/// The layout of a new journal. Raised when an older program would misread the file; a new table
/// alone is no reason.
inline constexpr std::int64_t kJournalFormat = 1;

/// The layout of a journal in which a tape was restarted (journal_generations), and the newest that
/// this program knows.
inline constexpr std::int64_t kFormatWithGenerations = 2;

/// Sequence numbers start here.
inline constexpr std::uint64_t kFirstSequence = 1;

/// The key in `meta` of the sequence number that the oldest block has since blocks were deleted at
/// the journal's limit. Journals of earlier versions lack it.
inline constexpr char const* kRetiredToKey = "retired_to";

/// No more dead letters are kept; the oldest go first. Chosen: a day of one bad frame each 10 s.
inline constexpr std::int64_t kDeadLettersMax = 10'000;

/// Where the journal of a data directory is.
[[nodiscard]] std::filesystem::path journal_file(std::filesystem::path const& data_dir);

/// Sets the connection up for writing and creates what is missing in a new file.
/// Errors: kJournalFormat when a newer program wrote the file or it is no journal at all, and
/// those of the database.
[[nodiscard]] Result<void> prepare_journal(Database& database);

/// Errors: kJournalFormat, and those of the database.
[[nodiscard]] Result<void> check_journal_format(Database& database);

/// What tells this journal from all others: sixteen hexadecimal digits, drawn when it was made.
/// Errors: those of the database.
[[nodiscard]] Result<std::string> read_journal_id(Database& database);

/// The sequence number behind the newest block.
/// Errors: those of the database.
[[nodiscard]] Result<std::uint64_t> read_next_sequence(Database& database);

}  // namespace k2::io
