#include "tools/verify/stored_trades.hpp"

#include <fmt/format.h>

namespace k2::verify {
Result<std::unique_ptr<StoredTrades>> StoredTrades::open(std::filesystem::path const& data_dir,
                                                         Window const& window) {
  auto reader = io::JournalReader::open(data_dir);
  if (!reader) return reader.error();
  auto const extent = reader->extent();
  if (!extent) return extent.error();
  std::unique_ptr<StoredTrades> trades{new StoredTrades{*std::move(reader)}};
  trades->expected_sequence_ = extent->first_sequence;
  trades->end_sequence_ = extent->end_sequence;
  trades->records_ = extent->end_sequence - extent->first_sequence;
  trades->a_part_ = !window.everything();
  if (trades->a_part_) trades->reader_.limit_to(window.since, window.until);
  return trades;
}

Result<StoreTables> StoredTrades::tables() {
  StoreTables tables;
  auto gaps = reader_.gaps();
  if (!gaps) return gaps.error();
  tables.gaps = *std::move(gaps);
  auto retired = reader_.retired();
  if (!retired) return retired.error();
  tables.retired = *std::move(retired);
  auto const letters = reader_.dead_letter_count();
  if (!letters) return letters.error();
  tables.dead_letters = *letters;
  auto const extent = reader_.extent();
  if (!extent) return extent.error();
  if (extent->end_sequence != extent->first_sequence + records_) return tables;
  auto positions = reader_.positions();
  if (!positions) return positions.error();
  tables.positions = *std::move(positions);
  return tables;
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
    if (!a_part_ && expected_sequence_ < end_sequence_) {
      invalid_blocks_.add(
          fmt::format("no block holds sequences {} to {}", expected_sequence_, end_sequence_ - 1));
    }
    expected_sequence_ = end_sequence_;
    return false;
  }
  ++blocks_;
  if (status == io::ReadStatus::kCorrupt) {
    invalid_blocks_.add(reader_.error().detail);
    // Where it ends is not to be trusted; the next sound block tells where counting goes on.
    expected_sequence_ = 0;
    return true;
  }
  if (!a_part_ && expected_sequence_ != 0 && block_.first_sequence != expected_sequence_) {
    auto const extent = reader_.extent();
    if (!extent) return extent.error();
    // Whoever writes may delete the oldest blocks meanwhile.
    bool const retired = extent->first_sequence > expected_sequence_;
    if (!retired)
      invalid_blocks_.add(fmt::format("no block holds sequences {} to {}", expected_sequence_,
                                      block_.first_sequence - 1));
  }
  expected_sequence_ = block_.end_sequence();
  left_in_block_ = block_.count;
  offset_ = 0;
  return true;
}

bool StoredTrades::take_record(StoredTrade& out) {
  auto const sequence = block_.end_sequence() - left_in_block_;
  sink::AvroReader datums{std::string_view{block_.bytes}.substr(offset_)};
  bool const decoded = sink::read_trade(datums, record_);
  if (!decoded || (left_in_block_ == 1 && !datums.at_end())) {
    invalid_blocks_.add(fmt::format("the block at sequence {} holds no TradeV2 at sequence {}",
                                    block_.first_sequence, sequence));
    left_in_block_ = 0;
    return false;
  }
  offset_ = static_cast<std::size_t>(datums.place() - block_.bytes.data());
  --left_in_block_;
  ++records_read_;
  char const* why = contradiction(record_);
  if (why == nullptr && record_.platform_sequence != static_cast<std::int64_t>(sequence)) {
    why = "platform_sequence differs from its place";
  }
  if (why != nullptr) {
    invalid_records_.add(fmt::format("sequence {}: {}", sequence, why));
    return false;
  }
  out = stored_trade(record_);
  return true;
}

}  // namespace k2::verify
