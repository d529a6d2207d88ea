#include "io/output_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;  // standard output, or committed
  close(descriptor_);
  unlink(temporary_.c_str());
}

Error OutputFile::failure(int code) const {
  auto const errc = code == ENOSPC || code == EDQUOT ? Errc::kDiskFull : Errc::kFileFailed;
  return Error{errc, fmt::format("{}: {}", path_.string(),
                                 std::error_code{code, std::generic_category()}.message())};
}

Result<OutputFile> OutputFile::open(std::filesystem::path const& path) {
  OutputFile file;
  file.path_ = path;
  if (path == "-") {
    file.descriptor_ = STDOUT_FILENO;
    return file;
  }
  file.temporary_ = path.string() + ".XXXXXX";
  file.descriptor_ = mkostemp(file.temporary_.data(), O_CLOEXEC);
  if (file.descriptor_ < 0) {
    file.temporary_.clear();
    return file.failure(errno);
  }
  // mkostemp makes it readable for its owner alone; other files are as the umask says.
  mode_t const mask = umask(0);
  umask(mask);
  (void)fchmod(file.descriptor_, 0666 & ~mask);
  return file;
}

Result<void> OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> OutputFile::commit() {
  if (temporary_.empty()) return {};
  if (fsync(descriptor_) != 0) return failure(errno);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return failure(errno);
  temporary_.clear();
  close(std::exchange(descriptor_, -1));
  // The new name is on the disk only when its directory is.
  auto const parent = path_.has_parent_path() ? path_.parent_path() : ".";
  int const directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return {};
  (void)fsync(directory);
  close(directory);
  return {};
}

}  // namespace k2::io
