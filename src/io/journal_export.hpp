// `k2 export`: a journal's trades, or a part of them, into one file of a common format, in
// delivery order and in bounded memory.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "io/avro_container.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace k2::io {

enum class ExportFormat : std::uint8_t { kCsv, kJsonLines, kAvro };

struct ExportRequest {
  std::filesystem::path data_dir = {};
  ExportFormat format = ExportFormat::kCsv;
  AvroCodec codec = AvroCodec::kZstd;
  /// Only these; all when empty.
  std::vector<std::string> symbols = {};
  /// Only trades matched in [from, to).
  UtcTime from = UtcTime::min();
  UtcTime to = UtcTime::max();
  /// "-" is standard output.
  std::filesystem::path out = "-";
  /// Leaves damaged blocks out instead of failing at the first.
  bool skip_damaged = false;
  /// Called with the records that were read, of how many, about once a block.
  std::function<void(std::uint64_t, std::uint64_t)> on_progress = {};
};

struct ExportOutcome {
  std::uint64_t records = 0;
  std::uint64_t damaged_blocks = 0;
};

/// Errors: kDataCorrupt at a damaged block, kFileFailed, kDiskFull, and those of the journal; the
/// file is then not made.
[[nodiscard]] Result<ExportOutcome> export_journal(ExportRequest const& request);

}  // namespace k2::io
