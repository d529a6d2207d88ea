// Has the proofs of a deploy made by `k2 verify`, in processes of their own that share nothing with
// blue, green or the plan.
#pragma once

#include "io/stop_signals.hpp"
#include "tools/deploy/commands.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace k2::deploy {

/// Runs the commands one after the other; each output stays in the folder as NAME-1.json and so on.
/// Returns nothing when a signal arrived.
[[nodiscard]] std::optional<std::vector<Proof>> prove(std::vector<ProofCommand> const& commands,
                                                      std::filesystem::path const& folder,
                                                      std::string const& name,
                                                      io::StopSignals const& signals);

}  // namespace k2::deploy
