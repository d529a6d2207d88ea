// The records of a journal, one after the other. Each is checked by itself: block checksums,
// sequence numbers without a hole, ids that agree with each other. All of them are compared with
// the journal's own tables: the number of blocks, the position of each tape, the deletions at the
// limit. Defects are counted and skipped. Everything is compared with one snapshot, taken
// when the journal was opened, so that another process may write meanwhile.
#pragma once

#include "core/result.hpp"
#include "io/journal_reader.hpp"
#include "tools/verify/generation_check.hpp"
#include "tools/verify/position_check.hpp"
#include "tools/verify/store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace k2::verify {

class StoredTrades final : public Store {
 public:
  /// Blocks of which no trade was matched at or after `window.since` are left out.
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
  StoredTrades(io::JournalReader reader, io::JournalSnapshot snapshot);
  [[nodiscard]] Result<void> skip_before(UtcTime since);
  void check_beginning();
  [[nodiscard]] Result<bool> next_block();
  [[nodiscard]] Result<void> check_hole();
  [[nodiscard]] bool take_record(StoredTrade& out);
  [[nodiscard]] bool decode_record();
  [[nodiscard]] Result<void> check_count();
  void check_retired(StoreTables& tables) const;
  [[nodiscard]] Result<void> check_positions(StoreTables& tables);
  [[nodiscard]] Result<void> look_back(std::vector<sink::Position>& unmet, StoreTables& tables);

  io::JournalReader reader_;
  io::JournalSnapshot snapshot_;
  PositionCheck reached_;
  GenerationCheck generations_;
  /// The first sequence number that is read, and how many blocks come before it.
  std::uint64_t begin_sequence_ = 0;
  std::uint64_t skipped_blocks_ = 0;
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
