#include "tools/sim/server/ledger_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace k2::sim {

LedgerFile::~LedgerFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> LedgerFile::open(std::string const& path) {
  path_ = path;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) return Error{Errc::kFileFailed, path + ": " + std::strerror(errno)};
  return true;
}

Result<bool> LedgerFile::write(std::string& lines) {
  std::string_view rest = lines;
  while (!rest.empty()) {
    ssize_t const size = ::write(fd_, rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      Errc const code = errno == ENOSPC ? Errc::kDiskFull : Errc::kFileFailed;
      return Error{code, path_ + ": " + std::strerror(errno)};
    }
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  lines.clear();
  return true;
}

}  // namespace k2::sim
