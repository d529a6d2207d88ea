#include "io/journal_letters.hpp"

#include "io/journal_format.hpp"

#include <sqlite3.h>

#include <utility>

namespace k2::io {
namespace {

/// Beside the texts of a row: its id, time and lengths.
constexpr std::uint64_t kRowBytes = 24;

std::uint64_t bytes_of(sink::DeadLetter const& letter) {
  return kRowBytes + letter.reason.size() + letter.detail.size() + letter.bytes.size();
}

}  // namespace

Result<void> JournalLetters::attach(Database& database) {
  auto const page_bytes = database.query_integer("PRAGMA page_size", 4'096);
  if (!page_bytes) return page_bytes.error();
  page_bytes_ = static_cast<std::uint64_t>(*page_bytes);
  std::pair<Statement*, char const*> const wanted[] = {
      {&insert_,
       "INSERT INTO dead_letters (received_time, reason, detail, bytes) VALUES (?1, ?2, ?3, ?4)"},
      {&erase_, "DELETE FROM dead_letters WHERE id <= ?1"},
  };
  for (auto const& [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  stored_.clear();
  bytes_ = file_bytes_ = erased_ = 0;
  constexpr std::string_view kSizes =
      "SELECT id, length(reason) + length(detail) + length(bytes) FROM dead_letters ORDER BY id";
  auto sizes = database.prepare(kSizes);
  if (!sizes) return sizes.error();
  Step step = sizes->step();
  for (; step == Step::kRow; step = sizes->step()) {
    note(sizes->integer(0), kRowBytes + static_cast<std::uint64_t>(sizes->integer(1)));
  }
  if (step == Step::kFailed) return database.error(kSizes);
  database_ = &database;
  return {};
}

void JournalLetters::detach() noexcept {
  insert_ = {};
  erase_ = {};
  database_ = nullptr;
}

/// A row that does not fit into a page goes on in whole pages of its own.
void JournalLetters::note(std::int64_t id, std::uint64_t bytes) {
  std::uint64_t const pages = bytes > page_bytes_ ? (bytes + page_bytes_ - 1) / page_bytes_ : 0;
  Stored const letter{id, bytes, pages > 0 ? pages * page_bytes_ : bytes};
  stored_.push_back(letter);
  bytes_ += letter.bytes;
  file_bytes_ += letter.file_bytes;
}

bool JournalLetters::store(sink::DeadLetter const& letter) {
  insert_.bind(letter.received_at.time_since_epoch().count())
      .bind(letter.reason)
      .bind(letter.detail)
      .bind_blob(letter.bytes);
  if (!insert_.run()) return false;
  note(sqlite3_last_insert_rowid(database_->raw()), bytes_of(letter));
  return true;
}

bool JournalLetters::trim() {
  std::int64_t last = 0;
  while (stored_.size() > static_cast<std::size_t>(kDeadLettersMax) ||
         (bytes_ > bytes_max_ && stored_.size() > 1)) {
    Stored const& oldest = stored_.front();
    last = oldest.id;
    bytes_ -= oldest.bytes;
    file_bytes_ -= oldest.file_bytes;
    ++erased_;
    stored_.pop_front();
  }
  if (last == 0) return true;
  erase_.bind(last);
  return erase_.run();
}

void JournalLetters::committed() noexcept {
  retired_ += std::exchange(erased_, 0);
}

}  // namespace k2::io
