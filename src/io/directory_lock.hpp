// A lock that lets only one process write a data directory: a file lock that the kernel releases
// when its holder dies, regardless of the cause. Readers need none.
#pragma once

#include "core/result.hpp"

#include <filesystem>

namespace k2::io {

class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

  /// Takes the lock, making the directory when it is missing. Only the owner may open its file.
  /// Errors: kBusy when another process has it (the detail names its pid where the kernel lists
  /// it), kFileFailed.
  [[nodiscard]] static Result<DirectoryLock> acquire(std::filesystem::path const& directory);

 private:
  int descriptor_ = -1;
};

}  // namespace k2::io
