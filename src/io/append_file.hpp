// A file of lines that only grows; a line is on the disk when append() returns. One thread.
#pragma once

#include "core/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace k2::io {

class AppendFile {
 public:
  /// Opens it, or makes it. A last line without its line break, which a writer that died has left,
  /// is cut off.
  /// Errors: kFileFailed.
  [[nodiscard]] static Result<AppendFile> open(std::filesystem::path const& path);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> append(std::string_view line);

 private:
  AppendFile(std::filesystem::path path, int descriptor) noexcept;

  std::filesystem::path path_;
  int descriptor_;
};

/// All of a file.
/// Errors: kFileFailed.
[[nodiscard]] Result<std::string> read_file(std::filesystem::path const& path);

}  // namespace k2::io
