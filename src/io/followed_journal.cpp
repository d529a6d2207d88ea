#include "io/followed_journal.hpp"

#include "sink/trade_record.hpp"

namespace k2::io {
namespace {

bool holds(sink::Block const& block, sink::JournalHint const& hint) {
  if (hint.sequence < block.first_sequence || hint.sequence >= block.end_sequence()) return false;
  sink::AvroReader datums{block.bytes};
  sink::TradeRecord record;
  for (std::uint64_t at = block.first_sequence; at <= hint.sequence; ++at) {
    if (!sink::read_trade(datums, record)) return false;
  }
  return record.symbol == hint.symbol &&
         record.source_sequence == static_cast<std::int64_t>(value(hint.id));
}

}  // namespace

Result<sink::JournalFacts> read_facts(JournalReader& reader) {
  sink::JournalFacts facts;
  auto const extent = reader.ends();
  if (!extent) return extent.error();
  facts.first_sequence = extent->first_sequence;
  facts.end_sequence = extent->end_sequence;
  auto positions = reader.positions();
  if (!positions) return positions.error();
  facts.positions = *std::move(positions);
  auto gaps = reader.gaps();
  if (!gaps) return gaps.error();
  facts.gaps = *std::move(gaps);
  auto const letter = reader.newest_letter();
  if (!letter) return letter.error();
  facts.newest_letter = *letter;
  return facts;
}

Result<std::vector<std::int32_t>> refuted_hints(JournalReader& reader,
                                                std::span<sink::JournalHint const> hints) {
  std::vector<std::int32_t> refuted;
  auto const extent = reader.ends();
  if (!extent) return extent.error();
  sink::Block block;
  for (sink::JournalHint const& hint : hints) {
    if (hint.sequence < extent->first_sequence) continue;  // no longer kept
    if (auto const placed = reader.seek(hint.sequence); !placed) return placed.error();
    auto const status = reader.next(block);
    if (status == ReadStatus::kFailed) return reader.error();
    if (status != ReadStatus::kBlock || !holds(block, hint)) refuted.push_back(hint.partition);
  }
  return refuted;
}

}  // namespace k2::io
