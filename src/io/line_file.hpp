// Reads a text file line by line, plain or packed by gzip, zstd or zip: which one is told by the
// file's first bytes, not by its name. Bounded memory, whatever the file's size. One thread.
#pragma once

#include "core/result.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

/// Turns a file's bytes into the text inside; one kind for each compression.
class TextReader;

class LineFile {
 public:
  /// Chosen: the longest recorded line, an order-book snapshot of 1,000 levels, has 130 kB.
  static constexpr std::size_t kLineBytesMax = std::size_t{16} * 1024 * 1024;

  /// Errors: kFileFailed with the path and the reason.
  [[nodiscard]] static Result<LineFile> open(std::string const& path);

  LineFile(LineFile&&) noexcept;
  LineFile& operator=(LineFile&&) noexcept;
  ~LineFile();

  /// Yields the next line without its line break; it lives until the next call. False at the end.
  /// Errors: kFileFailed when reading fails, kDataCorrupt when the compressed data is broken or
  /// cut short, or a line is longer than kLineBytesMax.
  [[nodiscard]] Result<bool> next(std::string_view& line);

  /// Goes back to the first line.
  /// Errors: kFileFailed.
  [[nodiscard]] Errc rewind();

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

 private:
  explicit LineFile(std::string path);
  [[nodiscard]] Result<bool> more();

  std::string path_;
  std::unique_ptr<TextReader> reader_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

}  // namespace k2::io
