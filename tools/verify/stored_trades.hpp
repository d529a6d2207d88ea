// The records of a journal, one after the other, each checked against itself: block checksums,
// sequence numbers without a hole, ids that agree with each other. What is wrong is counted and
// skipped. Stops where the journal ended when it was opened, so that a writer may go on meanwhile.
#pragma once

#include "core/result.hpp"
#include "io/journal_reader.hpp"
#include "tools/verify/store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace k2::verify {

class StoredTrades final : public Store {
 public:
  /// Errors: those of JournalReader::open.
  [[nodiscard]] static Result<std::unique_ptr<StoredTrades>> open(
      std::filesystem::path const& data_dir, Window const& window = {});

  [[nodiscard]] Result<bool> next(StoredTrade& out) override;
  [[nodiscard]] Result<StoreTables> tables() override;

  [[nodiscard]] std::uint64_t blocks() const noexcept override { return blocks_; }
  [[nodiscard]] std::uint64_t records() const noexcept override { return records_; }
  [[nodiscard]] std::uint64_t records_read() const noexcept override { return records_read_; }
  [[nodiscard]] Finding const& invalid_blocks() const noexcept override { return invalid_blocks_; }
  [[nodiscard]] Finding const& invalid_records() const noexcept override {
    return invalid_records_;
  }

 private:
  explicit StoredTrades(io::JournalReader reader) : reader_(std::move(reader)) {}
  [[nodiscard]] Result<bool> next_block();
  [[nodiscard]] bool take_record(StoredTrade& out);

  io::JournalReader reader_;
  /// Blocks are left out, so their sequence numbers tell nothing.
  bool a_part_ = false;
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
