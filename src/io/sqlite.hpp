// SQLite behind Result: a connection and a prepared statement, the only two things that K2 needs
// of it. One thread at a time per connection. Knows nothing of the journal's tables.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace k2::io {

/// Selects whether a connection may write, and may create the file.
enum class OpenMode : std::uint8_t { kReadOnly, kReadWrite, kCreate };

/// The result of a step of a statement.
enum class Step : std::uint8_t { kRow, kDone, kFailed };

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* raw) noexcept : raw_(raw) {}

  /// Binds the next parameter, from the first on after a reset. Texts and blobs must stay alive
  /// until then; there is no copy.
  Statement& bind(std::int64_t number);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);

  [[nodiscard]] Step step() noexcept;
  /// Makes it ready for the next use; to be called as soon as its rows are read, since an open
  /// row pins the write-ahead log.
  void reset() noexcept;
  /// Runs it for its effect and resets it; false when it failed.
  [[nodiscard]] bool run() noexcept;

  [[nodiscard]] std::int64_t integer(int column) noexcept;
  /// Text or blob; valid until the next step or reset.
  [[nodiscard]] std::string_view bytes(int column) noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* raw) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> raw_;
  int bound_ = 0;
};

class Database {
 public:
  Database() = default;

  /// Errors: kFileFailed, kDiskFull, kDataCorrupt, kJournalFailed.
  [[nodiscard]] static Result<Database> open(std::filesystem::path const& file, OpenMode mode);

  /// Runs statements that yield nothing of interest.
  /// Errors: as error().
  [[nodiscard]] Result<void> execute(char const* sql);
  /// Errors: as error().
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The first column of the first row, or `otherwise` when there is no row.
  /// Errors: as error().
  [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql, std::int64_t otherwise);

  /// Returns the error of the last failed call: kDiskFull, kBusy, kDataCorrupt, kFileFailed or
  /// kJournalFailed.
  [[nodiscard]] Error error(std::string_view while_doing) const;

  [[nodiscard]] sqlite3* raw() const noexcept { return raw_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* raw) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> raw_;
};

}  // namespace k2::io
