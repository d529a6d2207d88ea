// Finds the stored trades for a command that reads them, in the same way as `k2 stream`: by
// --data-dir, K2_DATA_DIR, the TOML file or the default.
#pragma once

#include "app/flags.hpp"

#include <filesystem>
#include <optional>

namespace k2::app {

/// Adds --data-dir and --config to a command.
[[nodiscard]] std::shared_ptr<Flags> add_data_dir_flags(CLI::App& command);

/// The data directory. When there is none, that is printed with its remedy and nothing comes
/// back: the caller exits with kExitUsage.
[[nodiscard]] std::optional<std::filesystem::path> find_data_dir(Flags const& flags);

}  // namespace k2::app
