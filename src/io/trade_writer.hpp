// The file that `k2 export` makes: trades in one of three formats, from wherever they are read, in
// bounded memory. It appears whole or not at all.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "io/avro_container.hpp"
#include "io/output_file.hpp"
#include "sink/trade_record.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

enum class ExportFormat : std::uint8_t { kCsv, kJsonLines, kAvro };

/// The columns or fields of the file.
enum class ExportLayout : std::uint8_t {
  /// Flat columns of one type each, which tools for tables open without options.
  kTable,
  /// CSV as the exchange's own files have it: one symbol, which is not named, and no header.
  kOfficial,
  /// JSON lines or Avro with TradeV2's fields as they are stored.
  kTradeV2,
};

struct ExportRequest {
  /// The journal's directory; not used by the export of a topic.
  std::filesystem::path data_dir = {};
  ExportFormat format = ExportFormat::kCsv;
  ExportLayout layout = ExportLayout::kTable;
  /// Every reader of Avro knows deflate.
  AvroCodec codec = AvroCodec::kDeflate;
  /// The symbols to export; all when empty.
  std::vector<std::string> symbols = {};
  /// The generation of each tape to export; all when empty.
  std::optional<std::uint32_t> generation = {};
  /// The range [from, to) of trade times to export.
  UtcTime from = UtcTime::min();
  UtcTime to = UtcTime::max();
  /// "-" is standard output.
  std::filesystem::path out = "-";
  /// Leaves out what is damaged or missing instead of failing at the first.
  bool skip_damaged = false;
  /// Called with the records that were read, of how many, now and then.
  std::function<void(std::uint64_t, std::uint64_t)> on_progress = {};
};

struct ExportOutcome {
  std::uint64_t records = 0;
  /// Blocks of a journal, records of a topic, that were left out.
  std::uint64_t damaged = 0;
  /// Ranges that are missing in between or could not be read, and descriptions of the first few.
  std::uint64_t holes = 0;
  std::vector<std::string> holes_text{};
};

class TradeWriter {
 public:
  /// `request` outlives the writer.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] static Result<std::unique_ptr<TradeWriter>> open(ExportRequest const& request);

  /// Returns whether the request selects this trade.
  [[nodiscard]] bool wants(sink::TradeRecord const& record) const;
  void add(sink::TradeRecord const& record, std::string_view datum);
  /// Writes what has gathered when that is worth it.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> write_when_large();
  /// Writes the rest and puts the file in its place.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  TradeWriter(ExportRequest const& request, OutputFile file);
  [[nodiscard]] Result<void> write();

  ExportRequest const* request_;
  OutputFile file_;
  AvroContainer container_;
  std::string bytes_;
  std::string datum_;
  std::uint64_t records_ = 0;
};

}  // namespace k2::io
