#include "tools/deploy/run/prover.hpp"

#include "io/append_file.hpp"
#include "io/child_process.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <system_error>

namespace k2::deploy {

std::optional<std::vector<Proof>> prove(std::vector<ProofCommand> const& commands,
                                        std::filesystem::path const& folder,
                                        std::string const& name, io::StopSignals const& signals) {
  constexpr std::chrono::milliseconds kGlance{50};
  std::vector<Proof> proofs;
  for (ProofCommand const& asked : commands) {
    auto const output = folder / fmt::format("{}-{}.json", name, proofs.size() + 1);
    std::error_code ignored;
    std::filesystem::remove(output, ignored);  // of a tool that died while proving
    auto child = io::ChildProcess::start(asked.command, output);
    if (!child) {
      proofs.push_back(read_proof(asked, child.error().to_string(), 1));
      continue;
    }
    while (!child->wait(kGlance)) {
      if (!signals.wait(std::chrono::milliseconds{0})) continue;
      child->signal(SIGTERM);
      return std::nullopt;
    }
    auto const text = io::read_file(output);
    proofs.push_back(
        read_proof(asked, text ? *text : text.error().detail, child->exit_code().value_or(1)));
  }
  return proofs;
}

}  // namespace k2::deploy
