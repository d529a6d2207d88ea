#include "io/journal_export.hpp"

#include "io/journal_reader.hpp"
#include "io/trade_writer.hpp"
#include "sink/trade_record.hpp"

#include <fmt/format.h>

namespace k2::io {
namespace {

/// Adds the wanted records of a block; returns false when the block is not what it should be.
bool add_block(sink::Block const& block, sink::TradeRecord& record, TradeWriter& writer) {
  sink::AvroReader datums{block.bytes};
  for (std::uint32_t at = 0; at < block.count; ++at) {
    char const* const begin = datums.place();
    if (!sink::read_trade(datums, record)) return false;
    if (!writer.wants(record)) continue;
    writer.add(record, {begin, static_cast<std::size_t>(datums.place() - begin)});
  }
  return datums.at_end();
}

}  // namespace

Result<ExportOutcome> export_journal(ExportRequest const& request) {
  auto reader = JournalReader::open(request.data_dir);
  if (!reader) return reader.error();
  auto const extent = reader->extent();
  if (!extent) return extent.error();
  reader->limit_to(request.from, request.to);
  auto writer = TradeWriter::open(request);
  if (!writer) return writer.error();

  ExportOutcome outcome;
  sink::Block block;
  sink::TradeRecord record;
  for (;;) {
    ReadStatus status = reader->next(block);
    if (status == ReadStatus::kFailed) return reader->error();
    if (status == ReadStatus::kEnd || block.first_sequence >= extent->end_sequence) break;
    if (status == ReadStatus::kBlock && !add_block(block, record, **writer)) {
      status = ReadStatus::kCorrupt;
    }
    if (status == ReadStatus::kCorrupt) {
      if (!request.skip_damaged) {
        return Error{Errc::kDataCorrupt,
                     fmt::format("the block at sequence {} is damaged", block.first_sequence)};
      }
      ++outcome.damaged;
    }
    if (auto const written = (*writer)->write_when_large(); !written) return written.error();
    if (request.on_progress) {
      request.on_progress(block.end_sequence() - extent->first_sequence,
                          extent->end_sequence - extent->first_sequence);
    }
  }
  if (auto const finished = (*writer)->finish(); !finished) return finished.error();
  outcome.records = (*writer)->records();
  return outcome;
}

}  // namespace k2::io
