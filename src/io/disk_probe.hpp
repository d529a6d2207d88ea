// How much room a data directory's disk has, and how fast it writes. Blocks its caller.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace k2::io {

struct DiskProbe {
  std::uint64_t free_bytes = 0;
  std::uint64_t size_bytes = 0;
  /// Of 16 MiB, durable at the end. Units: bytes a second.
  std::uint64_t write_rate = 0;
  /// Until one more page was durable.
  std::chrono::microseconds sync{};
};

/// Writes a file into the directory, which it creates when missing, and removes it again.
/// Errors: kFileFailed, kDiskFull, with the path.
[[nodiscard]] Result<DiskProbe> probe_disk(std::filesystem::path const& directory);

}  // namespace k2::io
