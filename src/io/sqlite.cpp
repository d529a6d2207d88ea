#include "io/sqlite.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace k2::io {
namespace {

/// Maximum wait of a statement for a lock that another connection holds.
/// Chosen: readers and checkpoints hold theirs for milliseconds.
constexpr int kBusyTimeoutMs = 5'000;

Errc errc_of(int code, int system_errno) {
  if (system_errno == ENOSPC || system_errno == EDQUOT) return Errc::kDiskFull;
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Errc::kDiskFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::kBusy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::kDataCorrupt;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
      return Errc::kFileFailed;
    default:
      return Errc::kJournalFailed;
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* raw) const noexcept {
  sqlite3_finalize(raw);
}

void Database::Close::operator()(sqlite3* raw) const noexcept {
  sqlite3_close_v2(raw);
}

Statement& Statement::bind(std::int64_t number) {
  K2_ASSERT(sqlite3_bind_int64(raw_.get(), ++bound_, number) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  K2_ASSERT(sqlite3_bind_text64(raw_.get(), ++bound_, text.data(), text.size(), SQLITE_STATIC,
                                SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  // A null pointer would bind NULL rather than an empty blob.
  K2_ASSERT(sqlite3_bind_blob64(raw_.get(), ++bound_, bytes.empty() ? "" : bytes.data(),
                                bytes.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Step Statement::step() noexcept {
  switch (sqlite3_step(raw_.get())) {
    case SQLITE_ROW:
      return Step::kRow;
    case SQLITE_DONE:
      return Step::kDone;
    default:
      return Step::kFailed;
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(raw_.get());
  bound_ = 0;
}

bool Statement::run() noexcept {
  bool const done = step() == Step::kDone;
  // Resetting keeps the connection's error code, so error() still tells what happened.
  reset();
  return done;
}

std::int64_t Statement::integer(int column) noexcept {
  return sqlite3_column_int64(raw_.get(), column);
}

std::string_view Statement::bytes(int column) noexcept {
  auto const* data = static_cast<char const*>(sqlite3_column_blob(raw_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column))};
}

Result<Database> Database::open(std::filesystem::path const& file, OpenMode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  switch (mode) {
    case OpenMode::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case OpenMode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case OpenMode::kCreate:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
  }
  sqlite3* raw = nullptr;
  int const code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Database database;
  database.raw_.reset(raw);
  if (code != SQLITE_OK) return database.error("opening " + file.string());
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // Otherwise the last connection to close would checkpoint, at a moment that nobody chose.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Result<void> Database::execute(char const* sql) {
  if (sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error(sql);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK) {
    return error(sql);
  }
  return Statement{raw};
}

Result<std::int64_t> Database::query_integer(std::string_view sql, std::int64_t otherwise) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Step const step = statement->step();
  if (step == Step::kFailed) return error(sql);
  return step == Step::kDone ? otherwise : statement->integer(0);
}

Error Database::error(std::string_view while_doing) const {
  if (raw_ == nullptr) return Error{Errc::kJournalFailed, "out of memory"};
  int const code = sqlite3_extended_errcode(raw_.get());
  int const system_errno =
      (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN || code == SQLITE_FULL
          ? sqlite3_system_errno(raw_.get())
          : 0;
  std::string cause = sqlite3_errmsg(raw_.get());
  if (system_errno != 0) {
    cause += " (" + std::error_code{system_errno, std::generic_category()}.message() + ")";
  }
  return Error{errc_of(code, system_errno),
               fmt::format("{}: {} [sqlite {}]", while_doing, cause, code)};
}

}  // namespace k2::io
