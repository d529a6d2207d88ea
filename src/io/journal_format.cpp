#include "io/journal_format.hpp"

#include <fmt/format.h>

namespace k2::io {
namespace {

/// "K2JL": tells a journal from any other SQLite file.
constexpr std::int64_t kApplicationId = 0x4B324A4C;

// A block keeps its datums last, so that reading the other columns never touches the pages that
// the datums overflow to.
constexpr char const* kTables = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE blocks (
  first_sequence INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE positions (symbol TEXT PRIMARY KEY, last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (
  symbol TEXT NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  why TEXT NOT NULL,
  state INTEGER NOT NULL,
  declared_time INTEGER NOT NULL,
  PRIMARY KEY (symbol, first_id)) STRICT, WITHOUT ROWID;
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  received_time INTEGER NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  bytes BLOB NOT NULL) STRICT;
)sql";

// Came after the first journals; who lacks it has retired nothing.
constexpr char const* kRetired =
    "CREATE TABLE IF NOT EXISTS retired "
    "(symbol TEXT PRIMARY KEY, last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID";

Result<void> create_tables(Database& database) {
  if (auto const begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto const id = fmt::format("PRAGMA application_id = {}", kApplicationId);
  auto const meta = fmt::format("INSERT INTO meta VALUES ('format', {})", kJournalFormat);
  for (char const* sql : {id.c_str(), kTables, meta.c_str(), "COMMIT"}) {
    if (auto const done = database.execute(sql); !done) {
      (void)database.execute("ROLLBACK");
      return done;
    }
  }
  return {};
}

}  // namespace

std::filesystem::path journal_file(std::filesystem::path const& data_dir) {
  return data_dir / "journal.db";
}

Result<void> prepare_journal(Database& database) {
  // Overflow pages of 8 KiB: a block of 256 records fills four of them, a small commit wastes
  // little. The cache is small, for pages are written once and not asked for again: a larger one
  // gains nothing, and fills for minutes, as a leak would.
  for (char const* sql : {"PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL",
                          "PRAGMA wal_autocheckpoint = 0", "PRAGMA temp_store = MEMORY",
                          "PRAGMA cache_size = -1024", "PRAGMA journal_size_limit = 67108864"}) {
    if (auto const done = database.execute(sql); !done) return done;
  }
  auto const tables = database.query_integer("SELECT count(*) FROM sqlite_schema", 0);
  if (!tables) return tables.error();
  if (*tables == 0) {
    if (auto const created = create_tables(database); !created) return created;
  }
  if (auto const known = check_journal_format(database); !known) return known;
  if (auto const made = database.execute(kRetired); !made) return made;
  return database.execute(
      "INSERT OR IGNORE INTO meta VALUES ('journal_id', random() & 0x7fffffffffffffff)");
}

Result<void> check_journal_format(Database& database) {
  auto const id = database.query_integer("PRAGMA application_id", 0);
  if (!id) return id.error();
  if (*id != kApplicationId) return Error{Errc::kJournalFormat, "the file is no K2 journal"};
  auto const format = database.query_integer("SELECT value FROM meta WHERE key = 'format'", 0);
  if (!format) return format.error();
  if (*format > kFormatWithGenerations) {
    return Error{
        Errc::kJournalFormat,
        fmt::format("the journal in data_dir has format {}, this program knows {}: use the "
                    "newer k2 that wrote it, or give this one another data_dir",
                    *format, kFormatWithGenerations)};
  }
  if (*format < kJournalFormat) {
    return Error{Errc::kJournalFormat,
                 fmt::format("the journal in data_dir has format {}, which no k2 ever wrote, this "
                             "program knows {}: bring back a copy, or begin in another data_dir",
                             *format, kFormatWithGenerations)};
  }
  return {};
}

Result<std::string> read_journal_id(Database& database) {
  auto const id = database.query_integer("SELECT value FROM meta WHERE key = 'journal_id'", 0);
  if (!id) return id.error();
  return fmt::format("{:016x}", *id);
}

Result<std::uint64_t> read_next_sequence(Database& database) {
  auto const next = database.query_integer(
      "SELECT first_sequence + count FROM blocks ORDER BY first_sequence DESC LIMIT 1",
      static_cast<std::int64_t>(kFirstSequence));
  if (!next) return next.error();
  return static_cast<std::uint64_t>(*next);
}

}  // namespace k2::io
