// Reads a text file line by line, plain or packed by gzip, zstd or zip. The first bytes of the file
// decide the format, not its name. The files of an archive are read one behind the other.
// Bounded memory, whatever the file's size. One thread.
#pragma once

#include "core/result.hpp"

#include <cstdint>
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

  /// True when the last line ended in a line break, as all do but the last of a file.
  [[nodiscard]] bool ended_in_break() const noexcept { return ended_in_break_; }
  /// The name in its archive of the file that holds the last line; empty when there is no archive.
  [[nodiscard]] std::string const& part() const noexcept { return part_; }
  /// The number of files of an archive that were started, and the last line's number in its own.
  [[nodiscard]] std::size_t parts() const noexcept { return parts_; }
  [[nodiscard]] std::uint64_t line_number() const noexcept { return line_number_; }

  /// Goes back to the first line.
  /// Errors: kFileFailed.
  [[nodiscard]] Errc rewind();

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

 private:
  explicit LineFile(std::string path);
  [[nodiscard]] Result<bool> more();
  [[nodiscard]] Result<bool> next_part();
  void begin_part();

  std::string path_;
  std::unique_ptr<TextReader> reader_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  bool ended_in_break_ = true;
  std::string part_;
  std::size_t parts_ = 0;
  std::uint64_t line_number_ = 0;
};

}  // namespace k2::io
