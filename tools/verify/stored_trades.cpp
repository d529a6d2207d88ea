#include "tools/verify/stored_trades.hpp"

#include "io/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::verify {
namespace {

std::optional<TradeId> last_of(std::vector<sink::Position> const& positions,
                               std::string_view symbol) {
  auto const found = std::ranges::find(positions, symbol, &sink::Position::symbol);
  return found == positions.end() ? std::nullopt : std::optional{found->last};
}

}  // namespace

StoredTrades::StoredTrades(io::JournalReader reader, io::JournalSnapshot snapshot)
    : reader_(std::move(reader)),
      snapshot_(std::move(snapshot)),
      generations_(snapshot_.generations),
      begin_sequence_(snapshot_.extent.first_sequence),
      expected_sequence_(snapshot_.extent.first_sequence),
      end_sequence_(snapshot_.extent.end_sequence),
      records_(end_sequence_ - begin_sequence_) {}

Result<std::unique_ptr<StoredTrades>> StoredTrades::open(std::filesystem::path const& data_dir,
                                                         Window const& window) {
  auto reader = io::JournalReader::open(data_dir);
  if (!reader) return reader.error();
  auto snapshot = reader->snapshot();
  if (!snapshot) return snapshot.error();
  std::unique_ptr<StoredTrades> trades{new StoredTrades{*std::move(reader), *std::move(snapshot)}};
  trades->check_beginning();
  if (window.since != UtcTime::min()) {
    if (auto const skipped = trades->skip_before(window.since); !skipped) return skipped.error();
  }
  return trades;
}

/// Checks that missing blocks were deleted at the journal's limit, which leaves notes.
void StoredTrades::check_beginning() {
  auto const first = snapshot_.extent.first_sequence;
  if (snapshot_.lowest_sequence < 0) {
    invalid_blocks_.add(fmt::format("the block at sequence {}: sequences begin at {}",
                                    snapshot_.lowest_sequence, io::kFirstSequence));
  }
  if (snapshot_.retired_to && first != *snapshot_.retired_to) {
    invalid_blocks_.add(
        fmt::format("the oldest block is at sequence {}, and those before {} were "
                    "deleted at journal.max_bytes",
                    first, *snapshot_.retired_to));
  } else if (first != io::kFirstSequence && snapshot_.retired.empty()) {
    invalid_blocks_.add(
        fmt::format("no block holds sequences {} to {}, and none was deleted at "
                    "journal.max_bytes",
                    io::kFirstSequence, first - 1));
  } else if (first == io::kFirstSequence && !snapshot_.retired.empty()) {
    invalid_blocks_.add(
        "the oldest block is there although blocks were deleted at "
        "journal.max_bytes");
  }
}

/// Leaves out the blocks before `since`, whose headers alone must fit together.
Result<void> StoredTrades::skip_before(UtcTime since) {
  auto const begin = reader_.seek_time(since);
  if (!begin) return begin.error();
  auto const skipped = reader_.run_before(*begin);
  if (!skipped) return skipped.error();
  auto const wanted = *begin - skipped->first_sequence;
  if (skipped->blocks > 0 && skipped->records != wanted) {
    invalid_blocks_.add(fmt::format("the blocks before sequence {} hold {} records in place of {}",
                                    *begin, skipped->records, wanted));
  }
  skipped_blocks_ = skipped->blocks;
  begin_sequence_ = *begin;
  expected_sequence_ = *begin;
  records_ = end_sequence_ > *begin ? end_sequence_ - *begin : 0;
  return {};
}

Result<StoreTables> StoredTrades::tables() {
  StoreTables tables;
  tables.gaps = snapshot_.gaps.gaps;
  for (std::string const& why : snapshot_.gaps.invalid) tables.wrong_gaps.add(why);
  tables.dead_letters = snapshot_.dead_letters;
  tables.positions = snapshot_.positions;
  // Another process may have deleted blocks since the snapshot, before they were read.
  auto retired = reader_.retired();
  if (!retired) return retired.error();
  tables.retired = *std::move(retired);
  if (auto const counted = check_count(); !counted) return counted.error();
  if (auto const checked = check_positions(tables); !checked) return checked.error();
  return tables;
}

/// The rows that were read must be all that there are.
Result<void> StoredTrades::check_count() {
  auto const all = reader_.run_before(end_sequence_);
  if (!all) return all.error();
  auto const now = reader_.ends();
  if (!now) return now.error();
  auto const read = skipped_blocks_ + blocks_;
  bool const deleted_meanwhile = now->first_sequence > snapshot_.extent.first_sequence;
  if (all->blocks > read || (all->blocks < read && !deleted_meanwhile)) {
    invalid_blocks_.add(
        fmt::format("the journal counts {} blocks, {} were read", all->blocks, read));
  }
  return {};
}

/// Checks that each tape begins where the deletion at the limit ended.
void StoredTrades::check_retired(StoreTables& tables) const {
  for (sink::Position const& retired : snapshot_.retired) {
    auto const* const reached = reached_.find(retired.symbol);
    if (reached == nullptr || !reached->lowest) continue;
    TradeId const lowest = *reached->lowest;
    if (lowest <= retired.last) {
      tables.wrong_positions.add(
          fmt::format("{}: ids up to {} count as deleted at journal.max_bytes, and {} is stored",
                      retired.symbol, value(retired.last), value(lowest)));
      continue;
    }
    // Deletion that continued meanwhile, or blocks before the window, explain any distance.
    bool const is_whole =
        skipped_blocks_ == 0 && last_of(tables.retired, retired.symbol) == retired.last;
    if (!is_whole || lowest == k2::next(retired.last)) continue;
    std::vector<IdRange> gaps;
    for (auto const& gap : snapshot_.gaps.gaps) {
      if (gap.symbol == retired.symbol) gaps.push_back(gap.ids);
    }
    Defect lost;
    Defect declared;
    split_by(merged(std::move(gaps)), {k2::next(retired.last), previous(lowest)}, lost, declared);
    if (lost.count() == 0) continue;
    tables.wrong_positions.add(
        fmt::format("{}: ids up to {} count as deleted at journal.max_bytes, and those stored "
                    "begin at {}",
                    retired.symbol, value(retired.last), value(lowest)));
  }
}

Result<void> StoredTrades::check_positions(StoreTables& tables) {
  check_retired(tables);
  generations_.check(snapshot_.positions, tables.wrong_positions);
  for (std::string const& symbol : reached_.without_position(snapshot_.positions)) {
    tables.wrong_positions.add(
        position_text(symbol, reached_.find(symbol)->in_order, std::nullopt));
  }
  auto unmet = reached_.unmet(snapshot_.positions);
  if (skipped_blocks_ > 0) {
    if (auto const looked = look_back(unmet, tables); !looked) return looked;
  }
  for (sink::Position const& position : unmet) {
    auto const* const reached = reached_.find(position.symbol);
    bool const read = reached != nullptr && reached->in_order;
    // A quiet tape may have been deleted as a whole.
    if (!read && last_of(tables.retired, position.symbol) == position.last) continue;
    tables.wrong_positions.add(
        position_text(position.symbol, read ? reached->in_order : std::nullopt, position.last));
    tables.unreached.push_back(position);
  }
  return {};
}

/// Tapes that were quiet since the window began end somewhere in the blocks before it.
Result<void> StoredTrades::look_back(std::vector<sink::Position>& unmet, StoreTables& tables) {
  auto before = begin_sequence_;
  auto const is_read = [this](sink::Position const& position) {
    auto const* const reached = reached_.find(position.symbol);
    return reached != nullptr && reached->in_order;
  };
  std::vector<sink::Position> read;
  std::ranges::copy_if(unmet, std::back_inserter(read), is_read);
  std::erase_if(unmet, is_read);
  while (!unmet.empty()) {
    auto const more = reader_.seek_before(before);
    if (!more) return more.error();
    if (!*more) break;
    auto const status = reader_.next(block_);
    if (status == io::ReadStatus::kFailed) return reader_.error();
    if (status == io::ReadStatus::kEnd) break;
    before = block_.first_sequence;
    if (status == io::ReadStatus::kCorrupt) {
      invalid_blocks_.add(reader_.error().detail);
      continue;
    }
    PositionCheck here;
    sink::AvroReader datums{block_.bytes};
    for (std::uint32_t at = 0; at < block_.count && sink::read_trade(datums, record_); ++at) {
      if (contradiction(record_) != nullptr) continue;
      auto const stored = stored_trade(record_);
      here.add(stored.symbol, stored.id, stored.late);
    }
    std::erase_if(unmet, [&](sink::Position const& position) {
      auto const* const found = here.find(position.symbol);
      if (found == nullptr || !found->in_order) return false;
      if (found->in_order != position.last) {
        tables.wrong_positions.add(position_text(position.symbol, found->in_order, position.last));
      }
      return true;
    });
  }
  unmet.insert(unmet.end(), read.begin(), read.end());
  return {};
}

Result<bool> StoredTrades::next(StoredTrade& out) {
  for (;;) {
    while (left_in_block_ > 0) {
      if (take_record(out)) return true;
    }
    auto const more = next_block();
    if (!more) return more.error();
    if (!*more) return false;
  }
}

Result<bool> StoredTrades::next_block() {
  if (expected_sequence_ >= end_sequence_) return false;
  io::ReadStatus const status = reader_.next(block_);
  if (status == io::ReadStatus::kFailed) return reader_.error();
  if (status == io::ReadStatus::kEnd || block_.first_sequence >= end_sequence_) {
    if (expected_sequence_ != 0) {
      invalid_blocks_.add(
          fmt::format("no block holds sequences {} to {}", expected_sequence_, end_sequence_ - 1));
    }
    expected_sequence_ = end_sequence_;
    return false;
  }
  ++blocks_;
  if (status == io::ReadStatus::kCorrupt) {
    invalid_blocks_.add(reader_.error().detail);
    // Its end is not reliable; counting continues with the next sound block.
    expected_sequence_ = 0;
    return true;
  }
  if (expected_sequence_ != 0 && block_.first_sequence != expected_sequence_) {
    if (auto const checked = check_hole(); !checked) return checked.error();
  }
  expected_sequence_ = block_.end_sequence();
  left_in_block_ = block_.count;
  offset_ = 0;
  return true;
}

/// A writer may delete the oldest blocks while they are read; nothing else may make a hole.
Result<void> StoredTrades::check_hole() {
  auto const ends = reader_.ends();
  if (!ends) return ends.error();
  if (ends->first_sequence > expected_sequence_ &&
      ends->first_sequence > snapshot_.extent.first_sequence) {
    return {};
  }
  invalid_blocks_.add(fmt::format("no block holds sequences {} to {}", expected_sequence_,
                                  block_.first_sequence - 1));
  return {};
}

bool StoredTrades::take_record(StoredTrade& out) {
  auto const sequence = block_.end_sequence() - left_in_block_;
  if (!decode_record()) {
    invalid_blocks_.add(fmt::format("the block at sequence {} holds no TradeV2 at sequence {}",
                                    block_.first_sequence, sequence));
    left_in_block_ = 0;
    return false;
  }
  --left_in_block_;
  ++records_read_;
  char const* why = contradiction(record_);
  if (why == nullptr && record_.platform_sequence != static_cast<std::int64_t>(sequence)) {
    why = "platform_sequence differs from its place";
  }
  if (why == nullptr && (record_.timestamp < block_.first || record_.timestamp > block_.last)) {
    why = "its time lies outside of its block's";
  }
  if (why == nullptr) why = generations_.misplaced(sink::tape_of(record_), sequence);
  if (why != nullptr) {
    invalid_records_.add(fmt::format("sequence {}: {}", sequence, why));
    return false;
  }
  out = stored_trade(record_);
  reached_.add(out.symbol, out.id, out.late);
  return true;
}

/// Decodes the next record of the block; the last one must end where the block does.
bool StoredTrades::decode_record() {
  sink::AvroReader datums{std::string_view{block_.bytes}.substr(offset_)};
  if (!sink::read_trade(datums, record_)) return false;
  if (left_in_block_ == 1 && !datums.at_end()) return false;
  offset_ = static_cast<std::size_t>(datums.place() - block_.bytes.data());
  return true;
}

}  // namespace k2::verify
