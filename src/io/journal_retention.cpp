#include "io/journal_retention.hpp"

#include "core/gap.hpp"
#include "io/log.hpp"
#include "sink/tape_name.hpp"
#include "sink/trade_record.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

/// How many blocks one transaction deletes, and one call at most. Chosen: more than a commit adds,
/// and some tens of milliseconds at the longest.
constexpr std::int64_t kBlocksATime = 64;
constexpr std::uint64_t kBlocksMax = 1'024;

}  // namespace

Result<void> JournalRetention::attach(Database& database) {
  database_ = &database;
  if (options_.bytes_max == 0) return {};
  auto const page_bytes = database.query_integer("PRAGMA page_size", 4'096);
  if (!page_bytes) return page_bytes.error();
  page_bytes_ = static_cast<std::uint64_t>(*page_bytes);
  std::pair<Statement*, char const*> const wanted[] = {
      {&used_, "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count"},
      {&oldest_,
       "SELECT first_sequence, count, bytes FROM blocks WHERE first_sequence + count < ?1 "
       "ORDER BY first_sequence LIMIT ?2"},
      {&erase_, "DELETE FROM blocks WHERE first_sequence < ?1"},
      {&note_,
       "INSERT INTO retired VALUES (?1, ?2) "
       "ON CONFLICT (symbol) DO UPDATE SET last_id = max(last_id, excluded.last_id)"},
      {&forget_gaps_,
       "DELETE FROM gaps WHERE symbol = ?1 AND last_id <= ?2 AND state = ?3 AND declared_time < "
       "(SELECT first_time FROM blocks ORDER BY first_sequence LIMIT 1)"},
      {&note_end_, "REPLACE INTO meta VALUES ('retired_to', ?1)"},
  };
  for (auto const& [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  return {};
}

void JournalRetention::detach() noexcept {
  used_ = {};
  oldest_ = {};
  erase_ = {};
  note_ = {};
  forget_gaps_ = {};
  note_end_ = {};
  database_ = nullptr;
}

Result<void> JournalRetention::make_room(std::uint64_t next_sequence, std::uint64_t letter_bytes) {
  if (options_.bytes_max == 0) return {};
  std::uint64_t const needed =
      std::min(options_.needed_from ? options_.needed_from() : next_sequence, next_sequence);
  std::uint64_t const blocks_before = blocks_;
  for (;;) {
    auto const used = used_bytes();
    if (!used) return used.error();
    if (*used <= options_.bytes_max + letter_bytes || blocks_ - blocks_before >= kBlocksMax) break;
    auto const retired = retire(needed);
    if (!retired) return retired.error();
    if (*retired > 0) continue;
    // Nobody waits for anything here: what is left is the newest block and the small tables.
    if (!options_.needed_from) break;
    return Error{
        Errc::kDiskFull,
        fmt::format("the journal has reached journal.max_bytes ({} of {} MiB), and Kafka has not "
                    "taken its oldest trades yet",
                    *used >> 20, options_.bytes_max >> 20)};
  }
  if (blocks_ > blocks_before) {
    log_event_limited(LogLevel::kInfo, "journal.retired", "",
                      {{"blocks_total", blocks_}, {"trades_total", records_}});
  }
  return {};
}

Result<std::uint64_t> JournalRetention::used_bytes() {
  Step const step = used_.step();
  auto const pages = step == Step::kRow ? used_.integer(0) : 0;
  used_.reset();
  if (step == Step::kFailed) return database_->error("measuring the journal");
  return static_cast<std::uint64_t>(pages) * page_bytes_;
}

/// Deletes the oldest blocks that end before `needed_from`; how many.
Result<std::uint64_t> JournalRetention::retire(std::uint64_t needed_from) {
  last_ids_.clear();
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
  std::uint64_t end_sequence = 0;
  oldest_.bind(static_cast<std::int64_t>(needed_from)).bind(kBlocksATime);
  Step step = oldest_.step();
  for (; step == Step::kRow; step = oldest_.step()) {
    auto const count = static_cast<std::uint64_t>(std::max<std::int64_t>(oldest_.integer(1), 0));
    end_sequence =
        static_cast<std::uint64_t>(oldest_.integer(0)) + std::max<std::uint64_t>(count, 1);
    note_ids(count, oldest_.bytes(2));
    ++blocks;
    records += count;
  }
  oldest_.reset();
  if (step == Step::kFailed) return database_->error("looking for the oldest blocks");
  if (blocks == 0) return blocks;
  if (auto const stored = store(end_sequence); !stored) return stored.error();
  blocks_ += blocks;
  records_ += records;
  return blocks;
}

/// Deletes all blocks before the sequence number, and the rows of gaps that were filled in them,
/// and remembers which ids went with them.
Result<void> JournalRetention::store(std::uint64_t end_sequence) {
  if (auto const begun = database_->execute("BEGIN IMMEDIATE"); !begun) return begun;
  erase_.bind(static_cast<std::int64_t>(end_sequence));
  bool done = erase_.run();
  note_end_.bind(static_cast<std::int64_t>(end_sequence));
  done = done && note_end_.run();
  for (auto const& [symbol, last_id] : last_ids_) {
    note_.bind(symbol).bind(static_cast<std::int64_t>(last_id));
    done = done && note_.run();
    // Who reads the LATE trades of a filled gap needs its row; those went with these blocks.
    forget_gaps_.bind(symbol)
        .bind(static_cast<std::int64_t>(last_id))
        .bind(static_cast<std::int64_t>(GapState::kRepaired));
    done = done && forget_gaps_.run();
  }
  if (done) {
    auto committed = database_->execute("COMMIT");
    if (committed) return committed;
  }
  Error error = database_->error("deleting the oldest blocks");
  if (sqlite3_get_autocommit(database_->raw()) == 0) (void)database_->execute("ROLLBACK");
  return error;
}

/// A damaged block says as much as can be read of it.
void JournalRetention::note_ids(std::uint64_t count, std::string_view bytes) {
  sink::AvroReader datums{bytes};
  sink::TradeRecord record;
  for (std::uint64_t at = 0; at < count && sink::read_trade(datums, record); ++at) {
    auto const id = static_cast<std::uint64_t>(record.source_sequence.value_or(0));
    auto const tape = sink::tape_of(record);
    auto const found = last_ids_.find(tape);
    if (found == last_ids_.end()) {
      last_ids_.emplace(tape, id);
    } else {
      found->second = std::max(found->second, id);
    }
  }
}

}  // namespace k2::io
