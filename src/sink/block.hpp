// The block: some hundred datums that are stored, checked and moved as one, with the positions
// they move. Its bytes are the datums end to end, which is also how an Avro container holds them.
// BlockBuilder fills blocks on the shard's thread; the journal stores them.
#pragma once

#include "core/symbol.hpp"
#include "core/trade.hpp"
#include "sink/trade_encoder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace k2::sink {

/// Up to which trade id a tape is delivered.
struct Position {
  /// The tape's name (tape_name()).
  std::string symbol;
  TradeId last{};

  friend bool operator==(Position const&, Position const&) = default;
};

struct Block {
  /// platform_sequence of the first record; the others follow without a hole.
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  /// The earliest and the latest time at which a trade of the block was matched.
  UtcTime first{};
  UtcTime last{};
  /// CRC-32C over the fields above and the bytes.
  std::uint32_t checksum = 0;
  std::string bytes;
  /// The symbols that the block carries forward, each with its newest id.
  std::vector<Position> positions;

  [[nodiscard]] std::uint64_t end_sequence() const noexcept { return first_sequence + count; }
  friend bool operator==(Block const&, Block const&) = default;
};

/// Default limit of records per block. Chosen: 30 KiB; measured, 256 records cost the journal a
/// tenth less than 64 and no more than 512.
inline constexpr std::uint32_t kBlockRecordsMax = 256;

/// Returns the expected value of Block::checksum.
[[nodiscard]] std::uint32_t block_checksum(Block const& block) noexcept;

/// Appends the records of the block that follows `into` without a hole; `into` may be empty. The
/// checksum and the positions are left as they are.
void join_blocks(Block const& following, Block& into);

class BlockBuilder {
 public:
  /// `next_sequence` is the next number of the journal; full() becomes true at `records_max`.
  explicit BlockBuilder(std::uint64_t next_sequence, std::uint32_t records_max = kBlockRecordsMax);

  /// Prepares a symbol; its index must be the number of symbols added before.
  void add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency);
  /// Names the tape that the symbol's records and positions belong to from now on; it is named by
  /// the symbol before. The block must hold none of its records.
  void set_tape(SymbolIndex index, std::string tape);
  [[nodiscard]] std::string const& tape(SymbolIndex index) const { return names_[value(index)]; }

  /// Encodes the trade as the next record of the block. A late trade moves no position.
  void append(Trade const& trade);

  /// Moves the collected records into `out` and continues empty, with `out`'s old memory.
  void take(Block& out);

  [[nodiscard]] std::uint32_t count() const noexcept { return block_.count; }
  [[nodiscard]] bool empty() const noexcept { return block_.count == 0; }
  [[nodiscard]] bool full() const noexcept { return block_.count >= records_max_; }
  /// The platform_sequence that the next record gets.
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return block_.end_sequence(); }

 private:
  struct Tracked {
    TradeId last{};
    bool moved = false;
  };

  TradeEncoder encoder_;
  std::uint32_t records_max_;
  Block block_;
  std::vector<Tracked> symbols_;
  std::vector<std::string> names_;  // apart: only a finished block needs them
  std::vector<SymbolIndex> moved_;
};

}  // namespace k2::sink
