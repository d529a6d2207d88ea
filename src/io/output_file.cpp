#include "io/output_file.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {
namespace {

constexpr int kLinksMax = 40;   // Source: path_resolution(7)
constexpr int kNamesMax = 100;  // chosen: two of 2^32 names never meet so often
constexpr std::size_t kPathBytes = 4'096;

/// The file that a signal handler must remove. A program writes one such file at a time; a second
/// one is not known here and stays behind. Plain memory, since a handler may read nothing else.
std::array<char, kPathBytes> unfinished{};
std::atomic<bool> is_unfinished{false};
static_assert(std::atomic<bool>::is_always_lock_free);

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

void remove_and_end(int signal) {
  if (is_unfinished.load()) unlink(unfinished.data());
  // SA_RESETHAND has put the default back.
  raise(signal);
}

void remember(std::string const& path) {
  auto const whole = std::filesystem::absolute(path).string();
  if (is_unfinished.load() || whole.size() >= unfinished.size()) return;
  std::memcpy(unfinished.data(), whole.c_str(), whole.size() + 1);
  is_unfinished.store(true);
  for (int const signal : kSignals) {
    struct sigaction now{};
    if (sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    now = {};
    now.sa_handler = remove_and_end;
    now.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
    (void)sigaction(signal, &now, nullptr);
  }
}

void forget(std::string const& path) {
  auto const whole = std::filesystem::absolute(path).string();
  if (whole == unfinished.data()) is_unfinished.store(false);
}

}  // namespace

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
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
  if (temporary_.empty()) return;  // written in place, or committed
  unlink(temporary_.c_str());
  forget(temporary_);
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
  struct stat there{};
  bool const exists = stat(path.c_str(), &there) == 0;
  if (!exists && errno != ENOENT) return file.failure(errno);
  if (exists && !S_ISREG(there.st_mode)) {
    // Never created: a program that removed it meanwhile did not intend a file in its place.
    file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file.descriptor_ < 0) return file.failure(errno);
    return file;
  }
  // A file that replaces a private one is private from the beginning.
  mode_t const mode = exists ? S_IRUSR | S_IWUSR : 0666;
  if (auto const created = file.create_beside(mode); !created) return created.error();
  if (exists) (void)fchmod(file.descriptor_, there.st_mode & 07777);
  return file;
}

/// Makes the file that takes the place of what the path leads to.
Result<void> OutputFile::create_beside(mode_t mode) {
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(path_, error); ++links) {
    if (links == kLinksMax) return failure(ELOOP);
    auto const target = std::filesystem::read_symlink(path_, error);
    if (error) return failure(error.value());
    path_ = path_.parent_path() / target;  // an absolute target replaces the whole path
  }
  for (int tries = 0; tries < kNamesMax; ++tries) {
    std::uint32_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) return failure(errno);
    temporary_ = fmt::format("{}.{:08x}", path_.string(), number);
    // Before it is there: a signal in between finds nothing to remove.
    remember(temporary_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor_ >= 0) return {};
    forget(temporary_);
    if (errno != EEXIST) break;
  }
  temporary_.clear();
  return failure(errno);
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
  forget(temporary_);
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
