// Measures the free space of a data directory's disk, and its write rate. Blocks its caller.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace k2::io {

struct DiskProbe {
  std::uint64_t free_bytes = 0;
  std::uint64_t size_bytes = 0;
  /// Rate of writing 16 MiB, durable at the end. Units: bytes per second.
  std::uint64_t write_rate = 0;
  /// Time until one more page was durable.
  std::chrono::microseconds sync{};
  /// The name of a network file system, such as "nfs"; empty for a local one.
  std::string network{};
};

/// The name of a network file system by the number that statfs() gives; empty for any other.
[[nodiscard]] std::string network_file_system(std::int64_t type);

/// Writes a file into the directory, which it creates when missing, and removes it again.
/// Errors: kFileFailed, kDiskFull, with the path.
[[nodiscard]] Result<DiskProbe> probe_disk(std::filesystem::path const& directory);

}  // namespace k2::io
