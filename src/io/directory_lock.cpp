#include "io/directory_lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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

/// Returns the process that holds the lock, by the kernel's own list: the content of the file may
/// be old, or written by another program. A holder in another container is not listed.
/// Source: proc(5), /proc/locks ("1: FLOCK  ADVISORY  WRITE 4242 fe:01:131 0 EOF").
std::string holder_of(int descriptor) {
  struct stat file{};
  if (fstat(descriptor, &file) != 0) return "another process";
  auto const wanted =
      fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
  std::ifstream locks{"/proc/locks"};
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields{line};
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    std::string pid;
    std::string place;
    fields >> number >> kind >> mode >> access >> pid >> place;
    if (kind == "FLOCK" && place == wanted && pid != "0" && pid != "-1") {
      return fmt::format("the process with pid {}", pid);
    }
  }
  return "another process";
}

/// Makes the directory, for its owner and its group, and those above it.
std::error_code make_directory(std::filesystem::path directory) {
  std::error_code failed;
  if (!directory.has_filename()) directory = directory.parent_path();  // "data/"
  auto const above = directory.parent_path();
  if (!above.empty()) std::filesystem::create_directories(above, failed);
  if (failed) return failed;
  if (mkdir(directory.c_str(), 0750) == 0) return {};
  std::error_code const why{errno, std::generic_category()};
  return std::filesystem::is_directory(directory, failed) ? std::error_code{} : why;
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
  if (auto const made = make_directory(directory)) return failure(directory, made.value());

  auto const file = directory / "lock";
  DirectoryLock lock;
  // Who may open the file may lock it, and keep this program from starting: only its owner may.
  lock.descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock.descriptor_ < 0) return failure(file, errno);
  struct stat found{};
  if (fstat(lock.descriptor_, &found) != 0) return failure(file, errno);
  if (!S_ISREG(found.st_mode)) return failure(file, EINVAL);
  // An older version made it readable for everybody.
  (void)fchmod(lock.descriptor_, 0600);
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
