#include "io/journal_export.hpp"

#include "io/journal_format.hpp"
#include "io/journal_reader.hpp"
#include "io/trade_writer.hpp"
#include "sink/tape_name.hpp"
#include "sink/trade_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace k2::io {
namespace {

/// So many holes are described; the others are counted.
constexpr std::size_t kHolesTextMax = 10;

/// The first and the last id of each tape in a block, LATE records left aside.
std::map<std::string, IdRange, std::less<>> ids_of(sink::Block const& block) {
  std::map<std::string, IdRange, std::less<>> ids;
  sink::AvroReader datums{block.bytes};
  sink::TradeRecord record;
  for (std::uint32_t at = 0; at < block.count && sink::read_trade(datums, record); ++at) {
    if (record.late() || !record.source_sequence) continue;
    TradeId const id{static_cast<std::uint64_t>(*record.source_sequence)};
    auto const [found, is_new] =
        ids.try_emplace(std::string{sink::tape_of(record)}, IdRange{id, id});
    if (!is_new) found->second.last = std::max(found->second.last, id);
  }
  return ids;
}

/// One export: the blocks of a journal from a place on, which must follow each other.
class JournalExport {
 public:
  explicit JournalExport(ExportRequest const& request) : request_(request) {}

  Result<ExportOutcome> run() {
    auto reader = JournalReader::open(request_.data_dir);
    if (!reader) return reader.error();
    reader_.emplace(*std::move(reader));
    auto snapshot = reader_->snapshot();
    if (!snapshot) return snapshot.error();
    snapshot_ = *std::move(snapshot);
    if (auto const clear = check_generation(); !clear) return clear.error();
    if (auto const begun = begin(); !begun) return begun.error();
    auto writer = TradeWriter::open(request_);
    if (!writer) return writer.error();
    writer_ = *std::move(writer);
    for (bool more = true; more;) {
      auto const read = read_block();
      if (!read) return read.error();
      more = *read;
      if (auto const written = writer_->write_when_large(); !written) return written.error();
    }
    if (auto const ended = check_end(); !ended) return ended.error();
    if (auto const finished = writer_->finish(); !finished) return finished.error();
    outcome_.records = writer_->records();
    return std::move(outcome_);
  }

 private:
  /// The exchange's own layout has no column for the generation.
  Result<void> check_generation() const {
    if (request_.layout != ExportLayout::kOfficial || request_.generation) return {};
    for (sink::TapeRestart const& restart : snapshot_.generations) {
      if (restart.symbol != request_.symbols.front()) continue;
      return Error{Errc::kConfigInvalid,
                   fmt::format("the tape of {} was restarted, and the official layout shows no "
                               "generation: name one with --tape-generation",
                               restart.symbol)};
    }
    return {};
  }

  /// The oldest block is the first ever, or the first that was not deleted at the limit.
  Result<void> begin() {
    expected_ = snapshot_.extent.first_sequence;
    if (request_.from != UtcTime::min()) {
      auto const place = reader_->seek_time(request_.from);
      if (!place) return place.error();
      expected_ = *place;
      return {};
    }
    auto const whole =
        snapshot_.retired_to.value_or(snapshot_.retired.empty() ? kFirstSequence : expected_);
    return whole == expected_ ? Result<void>{} : note_hole(whole, expected_);
  }

  Result<bool> read_block() {
    ReadStatus const status = reader_->next(block_);
    auto const end = snapshot_.extent.end_sequence;
    if (status == ReadStatus::kFailed) return reader_->error();
    if (status == ReadStatus::kEnd || block_.first_sequence >= end) {
      if (expected_ == 0 || expected_ >= end) return false;
      if (auto const noted = note_hole(expected_, end); !noted) return noted.error();
      return false;
    }
    if (expected_ != 0 && block_.first_sequence > expected_) {
      auto const noted = note_hole(expected_, block_.first_sequence);
      if (!noted) return noted.error();
    }
    bool const sound = status == ReadStatus::kBlock;
    // Where a damaged block ends is not to be trusted.
    expected_ = sound ? block_.end_sequence() : 0;
    if (!sound || !add_block()) {
      if (auto const noted = note_damage(); !noted) return noted.error();
    }
    if (sound) last_ = {block_.first_sequence, block_.end_sequence()};
    if (request_.on_progress) {
      auto const first = snapshot_.extent.first_sequence;
      request_.on_progress(block_.end_sequence() - first, end - first);
    }
    return true;
  }

  /// Adds the wanted records of the block; false when it is not what it should be.
  bool add_block() {
    if (block_.last < request_.from || block_.first >= request_.to) return true;
    sink::AvroReader datums{block_.bytes};
    for (std::uint32_t at = 0; at < block_.count; ++at) {
      char const* const begin = datums.place();
      if (!sink::read_trade(datums, record_)) return false;
      if (!writer_->wants(record_)) continue;
      writer_->add(record_, {begin, static_cast<std::size_t>(datums.place() - begin)});
    }
    return datums.at_end();
  }

  Result<void> note_damage() {
    if (!request_.skip_damaged) {
      return Error{
          Errc::kDataCorrupt,
          fmt::format("the block at sequence {} is damaged{}; --skip-damaged leaves it out",
                      block_.first_sequence,
                      lost_ids(block_.first_sequence, block_.end_sequence()))};
    }
    ++outcome_.damaged;
    return {};
  }

  /// No block holds the sequence numbers from `first` up to `end`.
  Result<void> note_hole(std::uint64_t first, std::uint64_t end) {
    auto const now = reader_->ends();
    if (!now) return now.error();
    bool const deleted =
        now->first_sequence > snapshot_.extent.first_sequence && now->first_sequence >= end;
    auto text = fmt::format("no block holds sequences {} to {}{}{}", first, end - 1,
                            deleted ? ", deleted at journal.max_bytes while it was exported" : "",
                            lost_ids(first, end));
    if (!request_.skip_damaged) {
      return Error{Errc::kDataCorrupt, text + "; --skip-damaged exports the others"};
    }
    ++outcome_.holes;
    if (outcome_.holes_text.size() < kHolesTextMax) outcome_.holes_text.push_back(std::move(text));
    return {};
  }

  /// ": BTCUSDT 5..9, ...": ids between the blocks before and behind, as far as these show any.
  std::string lost_ids(std::uint64_t first, std::uint64_t end) {
    auto beside = JournalReader::open(request_.data_dir);
    if (!beside) return {};
    sink::Block block;
    auto const before = beside->seek_before(first);
    bool const has_before = before && *before && beside->next(block) == ReadStatus::kBlock;
    auto const left = has_before ? ids_of(block) : decltype(ids_of(block)){};
    if (!beside->seek(end)) return {};
    if (beside->next(block) != ReadStatus::kBlock) return {};
    std::string text;
    for (auto const& [symbol, ids] : ids_of(block)) {
      auto const found = left.find(symbol);
      if (found == left.end() || ids.first <= next(found->second.last)) continue;
      text += fmt::format("{} {} {}..{}", text.empty() ? ":" : ",", symbol,
                          value(found->second.last) + 1, value(ids.first) - 1);
    }
    return text;
  }

  /// What the newest block holds must be what the positions name: else blocks behind it are gone.
  Result<void> check_end() {
    if (!last_) return {};
    if (!reader_->seek(last_->first)) return reader_->error();
    if (reader_->next(block_) != ReadStatus::kBlock) return {};
    auto const newest = ids_of(block_);
    for (sink::Position const& position : snapshot_.positions) {
      auto const found = newest.find(position.symbol);
      if (found == newest.end() || found->second.last >= position.last) continue;
      auto text = fmt::format("the journal ends before its position: {} {}..{}", position.symbol,
                              value(found->second.last) + 1, value(position.last));
      if (!request_.skip_damaged) {
        return Error{Errc::kDataCorrupt, text + "; --skip-damaged exports the others"};
      }
      ++outcome_.holes;
      outcome_.holes_text.push_back(std::move(text));
    }
    return {};
  }

  ExportRequest const& request_;
  std::optional<JournalReader> reader_;
  JournalSnapshot snapshot_;
  std::unique_ptr<TradeWriter> writer_;
  ExportOutcome outcome_;
  /// The next sequence number; 0 behind a damaged block.
  std::uint64_t expected_ = 0;
  struct Run {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  /// The last sound block.
  std::optional<Run> last_;
  sink::Block block_;
  sink::TradeRecord record_;
};

}  // namespace

Result<ExportOutcome> export_journal(ExportRequest const& request) {
  return JournalExport{request}.run();
}

}  // namespace k2::io
