// The files inside a zip, one behind the other, as streams of text: how the exchange publishes its
// daily trades. Reads forward only, so an archive of any size takes no memory. Checksums and sizes
// are checked, and the directory at the archive's end must list exactly what was read.
#pragma once

#include "core/result.hpp"
#include "io/text_reader.hpp"

#include <memory>
#include <string>

namespace k2::io {

/// Opens a zip archive (stored or deflated) at its first file. Folders are passed over.
/// Errors: kFileFailed, kDataCorrupt when it is no zip, encrypted, or packed in another way.
[[nodiscard]] Result<std::unique_ptr<TextReader>> open_zip(std::string const& path);

}  // namespace k2::io
