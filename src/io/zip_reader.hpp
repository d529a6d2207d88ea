// The one file inside a zip, as a stream of text: how the exchange publishes its daily trades.
// Reads forward only, so an archive of any size takes no memory; its checksum is checked.
#pragma once

#include "core/result.hpp"
#include "io/text_reader.hpp"

#include <memory>
#include <string>

namespace k2::io {

/// Opens the first file in a zip archive (stored or deflated).
/// Errors: kFileFailed, kDataCorrupt when it is no zip, encrypted, or packed in another way.
[[nodiscard]] Result<std::unique_ptr<TextReader>> open_zip(std::string const& path);

}  // namespace k2::io
