// The ways in which a text file comes: as it is, in gzip members, in zstd frames, or as the files
// of a zip archive (zip_reader). One thread.
#pragma once

#include "core/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace k2::io {

class TextReader {
 public:
  TextReader() = default;
  TextReader(TextReader const&) = delete;
  TextReader& operator=(TextReader const&) = delete;
  virtual ~TextReader() = default;

  /// Fills up to the span's size; 0 at the end of the part.
  /// Errors: kFileFailed, kDataCorrupt.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
  /// Continues with the next file of an archive, once the one before was read to its end; false
  /// when there is none.
  /// Errors: kFileFailed, kDataCorrupt.
  [[nodiscard]] virtual Result<bool> next_part() { return false; }
  /// The name that the part has in its archive; empty when the file is no archive.
  [[nodiscard]] virtual std::string_view part() const noexcept { return {}; }
};

/// Opens a file and tells its compression by its first bytes.
/// Errors: kFileFailed with the path and the reason.
[[nodiscard]] Result<std::unique_ptr<TextReader>> open_text(std::string const& path);

}  // namespace k2::io
