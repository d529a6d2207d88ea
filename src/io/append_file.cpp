#include "io/append_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {
namespace {

Error failure(std::filesystem::path const& path, int code) {
  auto const errc = code == ENOSPC || code == EDQUOT ? Errc::kDiskFull : Errc::kFileFailed;
  return Error{errc, fmt::format("{}: {}", path.string(),
                                 std::error_code{code, std::generic_category()}.message())};
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, int descriptor) noexcept
    : path_(std::move(path)), descriptor_(descriptor) {}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<AppendFile> AppendFile::open(std::filesystem::path const& path) {
  int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return failure(path, errno);
  AppendFile file{path, descriptor};
  auto const text = read_file(path);
  if (!text) return text.error();
  auto const whole = text->rfind('\n') + 1;  // npos + 1 is 0
  if (whole != text->size() && ::ftruncate(descriptor, static_cast<off_t>(whole)) != 0) {
    return failure(path, errno);
  }
  return file;
}

Result<void> AppendFile::append(std::string_view line) {
  std::string const whole = std::string{line} + "\n";
  std::string_view left = whole;
  while (!left.empty()) {
    auto const count = ::write(descriptor_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(path_, errno);
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(descriptor_) != 0) return failure(path_, errno);
  return {};
}

Result<std::string> read_file(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return failure(path, errno);
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return failure(path, EIO);
  return text;
}

}  // namespace k2::io
