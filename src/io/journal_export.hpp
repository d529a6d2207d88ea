// `k2 export`: a journal's trades, or a part of them, into one file of a common format, in
// delivery order and in bounded memory.
#pragma once

#include "core/result.hpp"
#include "io/trade_writer.hpp"

#include <filesystem>

namespace k2::io {

/// Exports what the journal holds when it is called. Its blocks must follow each other without a
/// hole, up to its positions.
/// Errors: kDataCorrupt at a damaged block or a hole, naming ids as far as they are known,
/// kFileFailed, kDiskFull, and those of the journal; the file is then not made.
[[nodiscard]] Result<ExportOutcome> export_journal(ExportRequest const& request);

}  // namespace k2::io
