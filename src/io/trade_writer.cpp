#include "io/trade_writer.hpp"

#include "sink/flat_trade.hpp"
#include "sink/tape_name.hpp"
#include "sink/trade_schema.hpp"
#include "sink/trade_text.hpp"

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

/// Units: bytes that gather before they are written.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

}  // namespace

TradeWriter::TradeWriter(ExportRequest const& request, OutputFile file)
    : request_(&request),
      file_(std::move(file)),
      container_(request.layout == ExportLayout::kTradeV2 ? sink::trade_schema()
                                                          : sink::flat_trade_schema(),
                 request.codec, random_avro_sync()) {
  if (request.format == ExportFormat::kAvro) container_.begin(bytes_);
  bool const has_header =
      request.format == ExportFormat::kCsv && request.layout == ExportLayout::kTable;
  if (has_header) bytes_ = sink::kTableHeader;
}

Result<std::unique_ptr<TradeWriter>> TradeWriter::open(ExportRequest const& request) {
  auto file = OutputFile::open(request.out);
  if (!file) return file.error();
  return std::unique_ptr<TradeWriter>{new TradeWriter{request, *std::move(file)}};
}

bool TradeWriter::wants(sink::TradeRecord const& record) const {
  return record.timestamp >= request_->from && record.timestamp < request_->to &&
         (request_->symbols.empty() ||
          std::ranges::find(request_->symbols, record.symbol) != request_->symbols.end()) &&
         (!request_->generation || sink::generation_of(record) == *request_->generation);
}

void TradeWriter::add(sink::TradeRecord const& record, std::string_view datum) {
  ++records_;
  switch (request_->format) {
    case ExportFormat::kCsv:
      if (request_->layout == ExportLayout::kTable) {
        sink::append_table_row(record, bytes_);
      } else {
        sink::append_csv_row(record, bytes_);
      }
      break;
    case ExportFormat::kJsonLines:
      if (request_->layout == ExportLayout::kTable) {
        sink::append_flat_json_line(record, bytes_);
      } else {
        sink::append_json_line(record, bytes_);
      }
      break;
    case ExportFormat::kAvro:
      if (request_->layout == ExportLayout::kTable) {
        datum_.clear();
        sink::append_flat_datum(record, datum_);
        datum = datum_;
      }
      container_.add(datum, bytes_);
      break;
  }
}

Result<void> TradeWriter::write_when_large() {
  if (bytes_.size() < kWriteBytes) return {};
  return write();
}

Result<void> TradeWriter::finish() {
  if (request_->format == ExportFormat::kAvro) container_.finish(bytes_);
  if (auto const written = write(); !written) return written;
  return file_.commit();
}

Result<void> TradeWriter::write() {
  auto const written = file_.write(bytes_);
  bytes_.clear();
  return written;
}

}  // namespace k2::io
