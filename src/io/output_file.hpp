// A file that appears whole or not at all: written under another name beside its place, renamed
// when it is complete and on the disk. A symbolic link stays one: what it leads to is replaced.
// What is no regular file (a pipe, a device) is written in place, as is "-", standard output;
// neither can be taken back. SIGINT, SIGTERM and SIGHUP remove what is not complete, then end the
// process as they do otherwise, unless the program has a handler of its own.
#pragma once

#include "core/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace k2::io {

class OutputFile {
 public:
  /// Opening a pipe waits for its reader.
  /// Errors: kFileFailed.
  [[nodiscard]] static Result<OutputFile> open(std::filesystem::path const& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  /// Without commit() the file leaves no trace.
  ~OutputFile();

  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Puts the file in its place, replacing what was there.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> commit();

 private:
  OutputFile() = default;
  [[nodiscard]] Result<void> create_beside(mode_t mode);
  [[nodiscard]] Error failure(int code) const;

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace k2::io
