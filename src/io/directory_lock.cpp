#include "io/directory_lock.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {
namespace {

Error failure(std::filesystem::path const& path, int code) {
  return Error{Errc::kFileFailed,
               fmt::format("{}: {}", path.string(),
                           std::error_code{code, std::generic_category()}.message())};
}

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  auto const size = pread(descriptor, text.data(), text.size(), 0);
  if (size <= 0) return "another process";
  std::string_view pid{text.data(), static_cast<std::size_t>(size)};
  return fmt::format("the process with pid {}", pid.substr(0, pid.find('\n')));
}

}  // namespace

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<DirectoryLock> DirectoryLock::acquire(std::filesystem::path const& directory) {
  std::error_code made;
  std::filesystem::create_directories(directory, made);
  if (made) return failure(directory, made.value());

  auto const file = directory / "lock";
  DirectoryLock lock;
  lock.descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.descriptor_ < 0) return failure(file, errno);
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure(file, errno);
    return Error{Errc::kBusy, fmt::format("{} is being written by {}", directory.string(),
                                          holder_of(lock.descriptor_))};
  }
  // The pid is only for the reader of the error; on a full disk the lock holds without it.
  std::string const pid = fmt::format("{}\n", getpid());
  if (ftruncate(lock.descriptor_, 0) == 0) {
    [[maybe_unused]] auto const written = pwrite(lock.descriptor_, pid.data(), pid.size(), 0);
  }
  return lock;
}

}  // namespace k2::io
