// The command lines of a deployment: how a version is started, and the runs of `k2 verify`. They
// are part of the report, so that anybody can repeat them. Pure.
#pragma once

#include "tools/deploy/plan.hpp"

#include <string>
#include <vector>

namespace k2::deploy {

using Command = std::vector<std::string>;

struct ProofCommand {
  /// A description of the comparison.
  std::string what;
  Command command;
};

[[nodiscard]] Command start_command(Settings const& settings, Side side, bool shadow);

/// Returns the commands that answer the check. `verifier` is the k2 that verifies.
[[nodiscard]] std::vector<ProofCommand> proof_commands(Settings const& settings,
                                                       Progress const& progress, Check check,
                                                       std::string const& verifier);

/// Interprets the output of `k2 verify --json` and its exit code.
[[nodiscard]] Proof read_proof(ProofCommand const& asked, std::string_view output, int exit_code);

}  // namespace k2::deploy
