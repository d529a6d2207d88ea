// The ledger on disk: a plain file that only grows while a run lasts.
#pragma once

#include "core/result.hpp"

#include <string>

namespace k2::sim {

class LedgerFile {
 public:
  LedgerFile() = default;
  LedgerFile(LedgerFile const&) = delete;
  LedgerFile& operator=(LedgerFile const&) = delete;
  ~LedgerFile();

  /// Begins a new ledger at this path.
  /// Errors: kFileFailed with the path and the reason.
  [[nodiscard]] Result<bool> open(std::string const& path);
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

  /// Writes the lines and empties them.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<bool> write(std::string& lines);

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace k2::sim
