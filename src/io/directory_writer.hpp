// Finds the process that writes a data directory: the one that holds its lock. The kernel names it,
// so that no other process that happens to have a pid is mistaken for it. Linux only (/proc).
#pragma once

#include "io/child_process.hpp"

#include <filesystem>
#include <optional>

namespace k2::io {

/// Nothing when nobody writes it, or when it is another user's process.
[[nodiscard]] std::optional<ChildProcess> find_writer(std::filesystem::path const& directory);

}  // namespace k2::io
