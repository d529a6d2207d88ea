// The records of a journal, one after the other, each checked against itself: block checksums,
// sequence numbers without a hole, ids that agree with each other. What is wrong is counted and
// skipped. Stops where the journal ended when it was opened, so that a writer may go on meanwhile.
#pragma once

#include "core/result.hpp"
#include "io/journal_reader.hpp"
#include "sink/trade_record.hpp"
#include "tools/verify/content.hpp"
#include "tools/verify/report.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace k2::verify {

/// A record of the store. The symbol lives until the next one is read.
struct StoredTrade {
  std::string_view symbol;
  TradeId id{};
  Content content;
  bool late = false;
  bool from_rest = false;
};

class StoredTrades {
 public:
  /// Errors: those of JournalReader::open.
  [[nodiscard]] static Result<StoredTrades> open(std::filesystem::path const& data_dir);

  /// Yields the next sound record; false at the end.
  /// Errors: those of the journal's database.
  [[nodiscard]] Result<bool> next(StoredTrade& out);

  [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }
  /// How many records there are in all, and how many are behind us.
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t records_read() const noexcept { return records_read_; }
  [[nodiscard]] Finding const& invalid_blocks() const noexcept { return invalid_blocks_; }
  [[nodiscard]] Finding const& invalid_records() const noexcept { return invalid_records_; }
  [[nodiscard]] io::JournalReader& reader() noexcept { return reader_; }

 private:
  explicit StoredTrades(io::JournalReader reader) : reader_(std::move(reader)) {}
  [[nodiscard]] Result<bool> next_block();
  [[nodiscard]] bool take_record(StoredTrade& out);

  io::JournalReader reader_;
  std::uint64_t expected_sequence_ = 0;
  std::uint64_t end_sequence_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t records_read_ = 0;
  std::uint64_t blocks_ = 0;
  sink::Block block_;
  std::size_t offset_ = 0;
  std::uint32_t left_in_block_ = 0;
  sink::TradeRecord record_;
  Finding invalid_blocks_;
  Finding invalid_records_;
};

}  // namespace k2::verify
