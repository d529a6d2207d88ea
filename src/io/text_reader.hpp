// The ways in which a text file comes: as it is, in gzip members, in zstd frames, or as the one
// file of a zip archive (zip_reader). One thread.
#pragma once

#include "core/result.hpp"

#include <memory>
#include <span>
#include <string>

namespace k2::io {

class TextReader {
 public:
  TextReader() = default;
  TextReader(TextReader const&) = delete;
  TextReader& operator=(TextReader const&) = delete;
  virtual ~TextReader() = default;

  /// Fills up to the span's size; 0 at the end.
  /// Errors: kFileFailed, kDataCorrupt.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
};

/// Opens a file and tells its compression by its first bytes.
/// Errors: kFileFailed with the path and the reason.
[[nodiscard]] Result<std::unique_ptr<TextReader>> open_text(std::string const& path);

}  // namespace k2::io
