// The values of the kernel and the allocator for this process: memory, processor time, descriptors.
// Linux only (/proc). Any thread; some tens of microseconds a call.
#pragma once

#include "watch/snapshot.hpp"

#include <cstdint>
#include <filesystem>

namespace k2::io {

/// All of watch::Process but its leak score; what cannot be read is 0.
[[nodiscard]] watch::Process read_process();

/// Size of a folder's files. Units: bytes.
[[nodiscard]] std::uint64_t folder_bytes(std::filesystem::path const& folder);

}  // namespace k2::io
