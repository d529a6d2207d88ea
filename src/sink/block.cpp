#include "sink/block.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"
#include "sink/crc32c.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace k2::sink {

std::uint32_t block_checksum(Block const& block) noexcept {
  std::array<std::uint64_t, 4> const fields{
      block.first_sequence, block.count,
      static_cast<std::uint64_t>(block.first.time_since_epoch().count()),
      static_cast<std::uint64_t>(block.last.time_since_epoch().count())};
  static_assert(std::endian::native == std::endian::little);
  auto const bytes = std::bit_cast<std::array<char, sizeof fields>>(fields);
  return crc32c(block.bytes, crc32c({bytes.data(), bytes.size()}));
}

void join_blocks(Block const& following, Block& into) {
  if (into.count == 0) {
    into.first_sequence = following.first_sequence;
    into.first = following.first;
    into.last = following.last;
    into.bytes.clear();
  }
  K2_ASSERT(into.end_sequence() == following.first_sequence);
  into.first = std::min(into.first, following.first);
  into.last = std::max(into.last, following.last);
  into.count += following.count;
  into.bytes.append(following.bytes);
}

BlockBuilder::BlockBuilder(std::uint64_t next_sequence, std::uint32_t records_max)
    : records_max_(records_max) {
  block_.first_sequence = next_sequence;
}

void BlockBuilder::add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency) {
  encoder_.add_symbol(index, symbol, currency);
  symbols_.emplace_back();
  names_.push_back(symbol.text());
  moved_.reserve(symbols_.size());
}

void BlockBuilder::set_tape(SymbolIndex index, std::string tape) {
  K2_ASSERT(!symbols_[value(index)].moved);
  encoder_.set_tape(index, tape);
  names_[value(index)] = std::move(tape);
}

void BlockBuilder::append(Trade const& trade) {
  encoder_.append(trade, block_.end_sequence(), block_.bytes);
  if (block_.count == 0) {
    block_.first = block_.last = trade.traded_at;
  } else {
    block_.first = std::min(block_.first, trade.traded_at);
    block_.last = std::max(block_.last, trade.traded_at);
  }
  ++block_.count;
  if (trade.late || K2_PLANTED(kStalePosition)) return;
  Tracked& tracked = symbols_[value(trade.symbol)];
  tracked.last = K2_PLANTED(kPositionAhead) ? next(trade.id) : trade.id;
  if (!tracked.moved) {
    tracked.moved = true;
    moved_.push_back(trade.symbol);
  }
}

void BlockBuilder::take(Block& out) {
  block_.checksum = block_checksum(block_);
  block_.positions.resize(moved_.size());
  for (std::size_t at = 0; at < moved_.size(); ++at) {
    Tracked& tracked = symbols_[value(moved_[at])];
    block_.positions[at].symbol.assign(names_[value(moved_[at])]);
    block_.positions[at].last = tracked.last;
    tracked.moved = false;
  }
  moved_.clear();
  std::swap(out, block_);
  block_.first_sequence = out.end_sequence();
  block_.count = 0;
  block_.bytes.clear();
}

}  // namespace k2::sink
