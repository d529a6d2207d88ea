#include "io/journal_reader.hpp"

#include "io/journal_format.hpp"
#include "io/journal_tables.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace k2::io {
namespace {

constexpr std::string_view kSelect =
    "SELECT first_sequence, count, first_time, last_time, checksum, bytes FROM blocks "
    "WHERE first_sequence >= ?1 AND last_time >= ?2 AND first_time < ?3 "
    "ORDER BY first_sequence LIMIT 1";

UtcTime instant(std::int64_t micros) {
  return UtcTime{std::chrono::microseconds{micros}};
}

}  // namespace

JournalReader::JournalReader(Database database, Statement select) noexcept
    : database_(std::move(database)),
      select_(std::move(select)),
      from_(std::numeric_limits<std::int64_t>::min()),
      to_(std::numeric_limits<std::int64_t>::max()) {}

Result<JournalReader> JournalReader::open(std::filesystem::path const& data_dir) {
  auto database = Database::open(journal_file(data_dir), OpenMode::kReadOnly);
  if (!database) return database.error();
  if (auto const known = check_journal_format(*database); !known) return known.error();
  auto select = database->prepare(kSelect);
  if (!select) return select.error();
  return JournalReader{*std::move(database), *std::move(select)};
}

void JournalReader::limit_to(UtcTime from, UtcTime to) noexcept {
  from_ = from.time_since_epoch().count();
  to_ = to.time_since_epoch().count();
}

Result<void> JournalReader::seek(std::uint64_t sequence) {
  auto const inside = database_.query_integer(
      fmt::format("SELECT first_sequence FROM (SELECT first_sequence, count FROM blocks "
                  "WHERE first_sequence <= {0} ORDER BY first_sequence DESC LIMIT 1) "
                  "WHERE first_sequence + count > {0}",
                  sequence),
      static_cast<std::int64_t>(sequence));
  if (!inside) return inside.error();
  next_ = static_cast<std::uint64_t>(*inside);
  return {};
}

ReadStatus JournalReader::next(sink::Block& out) {
  select_.bind(static_cast<std::int64_t>(next_)).bind(from_).bind(to_);
  Step const step = select_.step();
  if (step != Step::kRow) {
    if (step == Step::kFailed) error_ = database_.error(fmt::format("block at {}", next_));
    select_.reset();
    return step == Step::kDone ? ReadStatus::kEnd : ReadStatus::kFailed;
  }
  out.first_sequence = static_cast<std::uint64_t>(select_.integer(0));
  std::int64_t const count = select_.integer(1);
  out.count = static_cast<std::uint32_t>(count);
  out.first = instant(select_.integer(2));
  out.last = instant(select_.integer(3));
  std::int64_t const checksum = select_.integer(4);
  out.bytes.assign(select_.bytes(5));
  out.positions.clear();
  select_.reset();

  out.checksum = sink::block_checksum(out);
  // A damaged count must neither stop the reading nor carry it past sound blocks.
  next_ = out.first_sequence + 1;
  if (count <= 0 || count > std::numeric_limits<std::uint32_t>::max() || checksum != out.checksum) {
    error_ = Error{Errc::kDataCorrupt,
                   fmt::format("the block at sequence {} ({} records, {} bytes) fails its checksum",
                               out.first_sequence, count, out.bytes.size())};
    return ReadStatus::kCorrupt;
  }
  next_ = out.end_sequence();
  return ReadStatus::kBlock;
}

Result<JournalExtent> JournalReader::ends() {
  auto const first =
      database_.query_integer("SELECT first_sequence FROM blocks ORDER BY first_sequence LIMIT 1",
                              static_cast<std::int64_t>(kFirstSequence));
  if (!first) return first.error();
  auto const end = read_next_sequence(database_);
  if (!end) return end.error();
  return JournalExtent{static_cast<std::uint64_t>(*first), *end, 0};
}

Result<JournalExtent> JournalReader::extent() {
  auto extent = ends();
  if (!extent) return extent.error();
  auto const blocks = database_.query_integer("SELECT count(*) FROM blocks", 0);
  if (!blocks) return blocks.error();
  extent->blocks = static_cast<std::uint64_t>(*blocks);
  return extent;
}

Result<std::vector<sink::Position>> JournalReader::positions() {
  return read_positions(database_);
}

Result<std::vector<sink::Position>> JournalReader::retired() {
  return read_retired(database_);
}

Result<std::vector<sink::DeclaredGap>> JournalReader::gaps() {
  return read_gaps(database_);
}

Result<std::uint64_t> JournalReader::dead_letter_count() {
  auto const count = database_.query_integer("SELECT count(*) FROM dead_letters", 0);
  if (!count) return count.error();
  return static_cast<std::uint64_t>(*count);
}

Result<std::vector<sink::DeadLetter>> JournalReader::dead_letters(std::int64_t count_max) {
  return read_dead_letters(database_, count_max);
}

Result<std::uint64_t> JournalReader::newest_letter() {
  auto const newest = database_.query_integer("SELECT coalesce(max(id), 0) FROM dead_letters", 0);
  if (!newest) return newest.error();
  return static_cast<std::uint64_t>(*newest);
}

Result<std::vector<NumberedLetter>> JournalReader::letters_behind(std::uint64_t number,
                                                                  std::size_t count_max,
                                                                  std::size_t bytes_max) {
  return read_letters_behind(database_, number, count_max, bytes_max);
}

}  // namespace k2::io
