#include "io/journal_export.hpp"

#include "io/journal_reader.hpp"
#include "io/output_file.hpp"
#include "sink/trade_record.hpp"
#include "sink/trade_schema.hpp"
#include "sink/trade_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

/// Units: bytes that gather before they are written.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

/// The three formats behind one face: records in, bytes out.
class TradeWriter {
 public:
  TradeWriter(ExportFormat format, AvroCodec codec)
      : format_(format), container_(sink::trade_schema(), codec, random_avro_sync()) {
    if (format_ == ExportFormat::kAvro) container_.begin(bytes);
  }

  void add(sink::TradeRecord const& record, std::string_view datum) {
    switch (format_) {
      case ExportFormat::kCsv:
        sink::append_csv_row(record, bytes);
        break;
      case ExportFormat::kJsonLines:
        sink::append_json_line(record, bytes);
        break;
      case ExportFormat::kAvro:
        container_.add(datum, bytes);
        break;
    }
  }

  void finish() {
    if (format_ == ExportFormat::kAvro) container_.finish(bytes);
  }

  /// What is ready to be written; the caller empties it.
  std::string bytes;

 private:
  ExportFormat format_;
  AvroContainer container_;
};

bool is_wanted(ExportRequest const& request, sink::TradeRecord const& record) {
  return record.timestamp >= request.from && record.timestamp < request.to &&
         (request.symbols.empty() ||
          std::ranges::find(request.symbols, record.symbol) != request.symbols.end());
}

/// Adds the wanted records of a block; returns false when the block is not what it should be.
bool add_block(ExportRequest const& request, sink::Block const& block, sink::TradeRecord& record,
               TradeWriter& writer, std::uint64_t& records) {
  sink::AvroReader datums{block.bytes};
  for (std::uint32_t at = 0; at < block.count; ++at) {
    char const* const begin = datums.place();
    if (!sink::read_trade(datums, record)) return false;
    if (!is_wanted(request, record)) continue;
    writer.add(record, {begin, static_cast<std::size_t>(datums.place() - begin)});
    ++records;
  }
  return datums.at_end();
}

Result<void> write_out(OutputFile& file, TradeWriter& writer) {
  auto const written = file.write(writer.bytes);
  writer.bytes.clear();
  return written;
}

}  // namespace

Result<ExportOutcome> export_journal(ExportRequest const& request) {
  auto reader = JournalReader::open(request.data_dir);
  if (!reader) return reader.error();
  auto const extent = reader->extent();
  if (!extent) return extent.error();
  reader->limit_to(request.from, request.to);
  auto file = OutputFile::open(request.out);
  if (!file) return file.error();

  TradeWriter writer{request.format, request.codec};
  ExportOutcome outcome;
  sink::Block block;
  sink::TradeRecord record;
  for (;;) {
    ReadStatus status = reader->next(block);
    if (status == ReadStatus::kFailed) return reader->error();
    if (status == ReadStatus::kEnd || block.first_sequence >= extent->end_sequence) break;
    if (status == ReadStatus::kBlock &&
        !add_block(request, block, record, writer, outcome.records)) {
      status = ReadStatus::kCorrupt;
    }
    if (status == ReadStatus::kCorrupt) {
      if (!request.skip_damaged) {
        return Error{Errc::kDataCorrupt,
                     fmt::format("the block at sequence {} is damaged", block.first_sequence)};
      }
      ++outcome.damaged_blocks;
    }
    if (writer.bytes.size() >= kWriteBytes) {
      if (auto const written = write_out(*file, writer); !written) return written.error();
    }
    if (request.on_progress) {
      request.on_progress(block.end_sequence() - extent->first_sequence,
                          extent->end_sequence - extent->first_sequence);
    }
  }
  writer.finish();
  if (auto const written = write_out(*file, writer); !written) return written.error();
  if (auto const committed = file->commit(); !committed) return committed.error();
  return outcome;
}

}  // namespace k2::io
