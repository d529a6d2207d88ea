#include "io/journal_reader.hpp"

#include "io/journal_format.hpp"
#include "io/journal_generations.hpp"
#include "io/journal_tables.hpp"

#include <fmt/format.h>

#include <iterator>
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
  end_ = 0;
  return {};
}

Result<std::uint64_t> JournalReader::seek_time(UtcTime since) {
  auto const first =
      database_.query_integer(fmt::format("SELECT first_sequence FROM blocks WHERE last_time >= {} "
                                          "ORDER BY first_sequence LIMIT 1",
                                          since.time_since_epoch().count()),
                              -1);
  if (!first) return first.error();
  std::uint64_t found = 0;
  if (*first >= 0) {
    found = static_cast<std::uint64_t>(*first);
  } else {
    auto const end = read_next_sequence(database_);
    if (!end) return end.error();
    found = *end;
  }
  auto const before = seek_before(found);
  if (!before) return before.error();
  if (!*before) next_ = 0;
  return next_ == 0 ? found : next_;
}

Result<bool> JournalReader::seek_before(std::uint64_t sequence) {
  auto const before = database_.query_integer(
      fmt::format("SELECT first_sequence FROM blocks WHERE first_sequence < {} "
                  "ORDER BY first_sequence DESC LIMIT 1",
                  sequence),
      -1);
  if (!before) return before.error();
  end_ = 0;
  if (*before < 0) return false;
  next_ = static_cast<std::uint64_t>(*before);
  return true;
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
  if (out.first_sequence < end_) {
    error_ = Error{Errc::kDataCorrupt,
                   fmt::format("the block at sequence {} begins inside the one before it, which "
                               "ends before {}",
                               out.first_sequence, end_)};
    return ReadStatus::kCorrupt;
  }
  // Not at its end: another block that lies inside this one must be found.
  end_ = out.end_sequence();
  return ReadStatus::kBlock;
}

/// Runs the queries of `read` in one transaction, which must be short: it pins the log.
template <class Read>
auto JournalReader::at_one_moment(Read const& read) -> decltype(read()) {
  if (auto const begun = database_.execute("BEGIN"); !begun) return begun.error();
  auto result = read();
  // Nothing was written; whether this works or not, nothing is lost.
  (void)database_.execute("COMMIT");
  return result;
}

Result<JournalSnapshot> JournalReader::snapshot() {
  return at_one_moment([this] { return read_snapshot(); });
}

Result<JournalSnapshot> JournalReader::read_snapshot() {
  JournalSnapshot snapshot;
  auto const extent = this->extent();
  if (!extent) return extent.error();
  snapshot.extent = *extent;
  auto const lowest = database_.query_integer("SELECT min(first_sequence) FROM blocks", 0);
  if (!lowest) return lowest.error();
  snapshot.lowest_sequence = *lowest;
  auto const retired_to = database_.query_integer(
      fmt::format("SELECT value FROM meta WHERE key = '{}'", kRetiredToKey), -1);
  if (!retired_to) return retired_to.error();
  if (*retired_to >= 0) snapshot.retired_to = static_cast<std::uint64_t>(*retired_to);
  auto positions = read_positions(database_);
  if (!positions) return positions.error();
  snapshot.positions = *std::move(positions);
  auto retired = read_retired(database_);
  if (!retired) return retired.error();
  snapshot.retired = *std::move(retired);
  auto gaps = read_gap_rows(database_);
  if (!gaps) return gaps.error();
  snapshot.gaps = *std::move(gaps);
  auto generations = read_generations(database_);
  if (!generations) return generations.error();
  snapshot.generations = *std::move(generations);
  auto const letters = dead_letter_count();
  if (!letters) return letters.error();
  snapshot.dead_letters = *letters;
  return snapshot;
}

Result<BlockRun> JournalReader::run_before(std::uint64_t sequence) {
  return at_one_moment([this, sequence]() -> Result<BlockRun> {
    std::uint64_t found[3] = {};
    char const* const wanted[] = {"coalesce(min(first_sequence), 0)", "count(*)",
                                  "coalesce(sum(count), 0)"};
    for (std::size_t at = 0; at < std::size(wanted); ++at) {
      auto const number = database_.query_integer(
          fmt::format("SELECT {} FROM blocks WHERE first_sequence < {}", wanted[at], sequence), 0);
      if (!number) return number.error();
      found[at] = static_cast<std::uint64_t>(*number);
    }
    return BlockRun{.first_sequence = found[0], .blocks = found[1], .records = found[2]};
  });
}

Result<JournalExtent> JournalReader::ends() {
  auto const first = database_.query_integer(
      "SELECT first_sequence FROM blocks WHERE first_sequence >= 0 "
      "ORDER BY first_sequence LIMIT 1",
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

Result<std::vector<sink::TapeRestart>> JournalReader::generations() {
  return read_generations(database_);
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
