// The command lines of a deploy: how a version is begun, and how `k2 verify` is asked. They stand
// in the report, for anybody to repeat. Pure.
#pragma once

#include "tools/deploy/plan.hpp"

#include <string>
#include <vector>

namespace k2::deploy {

using Command = std::vector<std::string>;

struct ProofCommand {
  /// What is compared, in words.
  std::string what;
  Command command;
};

[[nodiscard]] Command start_command(Settings const& settings, Side side, bool shadow);

/// What answers the question. `verifier` is the k2 that is asked.
[[nodiscard]] std::vector<ProofCommand> proof_commands(Settings const& settings,
                                                       Progress const& progress, Question question,
                                                       std::string const& verifier);

/// What the output of `k2 verify --json` and its exit code mean.
[[nodiscard]] Proof read_proof(ProofCommand const& asked, std::string_view output, int exit_code);

}  // namespace k2::deploy
