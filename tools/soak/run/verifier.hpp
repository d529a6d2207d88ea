// Has what was recorded judged by `k2 verify`, in processes of their own that share nothing with
// the stream.
#pragma once

#include "tools/soak/record.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace k2::soak {

/// Runs the commands one after the other; each output stays in the folder.
[[nodiscard]] std::vector<Verified> run_verifiers(
    std::vector<std::vector<std::string>> const& commands, std::filesystem::path const& folder);

/// Interprets the output of `k2 verify --json` and its exit code.
[[nodiscard]] Verified read_verified(std::string_view output, int exit_code);

}  // namespace k2::soak
