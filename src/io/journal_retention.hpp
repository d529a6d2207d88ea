// Keeps the journal's file within its limit: when it has grown to it, the oldest blocks that nobody
// needs any more are deleted, in transactions of their own and a bounded number at a time. Where
// all of them are still needed, the journal says that it is full, which its owner meets as it
// meets a full disk: nothing more is accepted, and what was missed is fetched once there is room.
// So nothing that was stored is ever dropped undelivered. The journal's thread.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace k2::io {

struct RetentionOptions {
  /// Of the main file's used pages without those of dead letters; 0 keeps everything. Units: bytes.
  std::uint64_t bytes_max = 0;
  /// The first sequence number that is still to be delivered, from any thread; the record before it
  /// is kept as well, by it a follower recognises the journal. Not set: nobody follows.
  std::function<std::uint64_t()> needed_from = {};
};

class JournalRetention {
 public:
  explicit JournalRetention(RetentionOptions options) : options_(std::move(options)) {}

  /// Prepares for a connection, which then outlives its use here.
  /// Errors: those of the database.
  [[nodiscard]] Result<void> attach(Database& database);
  /// Lets go of the connection.
  void detach() noexcept;
  /// Called between transactions. `next_sequence` is the one that the next block gets, and
  /// `letter_bytes` the room that dead letters take.
  /// Errors: kDiskFull, naming journal.max_bytes, while a follower needs every block; those of
  /// the database.
  [[nodiscard]] Result<void> make_room(std::uint64_t next_sequence, std::uint64_t letter_bytes);

  [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  [[nodiscard]] Result<std::uint64_t> used_bytes();
  [[nodiscard]] Result<std::uint64_t> retire(std::uint64_t needed_from);
  [[nodiscard]] Result<void> store(std::uint64_t end_sequence);
  void note_ids(std::uint64_t count, std::string_view bytes);

  RetentionOptions options_;
  Database* database_ = nullptr;
  Statement used_;
  Statement oldest_;
  Statement erase_;
  Statement note_;
  Statement forget_gaps_;
  Statement note_end_;
  /// Per tape, the last id of the blocks that go in this transaction.
  std::map<std::string, std::uint64_t, std::less<>> last_ids_;
  std::uint64_t page_bytes_ = 0;
  std::uint64_t blocks_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace k2::io
