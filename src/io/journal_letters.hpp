// The journal's dead letters: they are stored in the transaction of the blocks around them, and the
// oldest are deleted in the same transaction when there are too many, by number or by bytes. They
// have room of their own, so that no flood of bad input ever displaces a trade. The journal's
// thread.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"
#include "sink/notices.hpp"

#include <cstdint>
#include <deque>

namespace k2::io {

/// Chosen: a thousand of the largest, and as many small ones as are kept at all.
inline constexpr std::uint64_t kDeadLettersBytesMax = std::uint64_t{16} << 20;

class JournalLetters {
 public:
  explicit JournalLetters(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Prepares for a connection and measures what is stored.
  /// Errors: those of the database.
  [[nodiscard]] Result<void> attach(Database& database);
  /// Releases the connection.
  void detach() noexcept;

  /// Stores a letter in the running transaction; false when the database refused.
  [[nodiscard]] bool store(sink::DeadLetter const& letter);
  /// Deletes the oldest letters beyond the limits; false when the database refused.
  [[nodiscard]] bool trim();
  /// The running transaction is durable.
  void committed() noexcept;

  /// Room that the stored letters take in the file, about.
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// Letters deleted in this run to keep the limits.
  [[nodiscard]] std::uint64_t retired() const noexcept { return retired_; }

 private:
  struct Stored {
    std::int64_t id = 0;
    std::uint64_t bytes = 0;
    std::uint64_t file_bytes = 0;
  };
  void note(std::int64_t id, std::uint64_t bytes);

  std::uint64_t bytes_max_;
  Database* database_ = nullptr;
  Statement insert_;
  Statement erase_;
  std::deque<Stored> stored_;  // oldest first, kDeadLettersMax at most
  std::uint64_t page_bytes_ = 4'096;
  std::uint64_t bytes_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t erased_ = 0;  // in the running transaction
  std::uint64_t retired_ = 0;
};

}  // namespace k2::io
