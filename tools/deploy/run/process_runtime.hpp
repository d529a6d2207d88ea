// Blue and green as two processes of this machine, each with its program, its config file and its
// data directory. They outlive the tool. A file with the process's number and start, and the lock
// of its data directory, identify each: no other process is ever signalled.
#pragma once

#include "io/child_process.hpp"
#include "tools/deploy/run/runtime.hpp"

#include <array>
#include <filesystem>
#include <optional>

namespace k2::deploy {

class ProcessRuntime final : public Runtime {
 public:
  /// Logs and process marks go to `folder`.
  ProcessRuntime(Settings settings, std::filesystem::path folder);

  [[nodiscard]] Result<std::string> prepare() override;
  [[nodiscard]] Result<std::string> start(Side side, bool shadow) override;
  [[nodiscard]] Result<std::string> stop(Side side) override;
  [[nodiscard]] SideStatus probe(Side side) override;
  [[nodiscard]] std::vector<ProofCommand> proofs(Progress const& progress, Check check) override;

 private:
  [[nodiscard]] io::ChildProcess* find(Side side);
  [[nodiscard]] Instance const& instance(Side side) const;
  [[nodiscard]] std::filesystem::path file(Side side, char const* extension) const;
  [[nodiscard]] Result<void> write_mark(Side side, io::ChildProcess const& process) const;
  [[nodiscard]] Result<std::string> version_of(std::string const& program) const;
  [[nodiscard]] std::string end_of(Side side) const;

  Settings settings_;
  std::filesystem::path folder_;
  std::array<std::optional<io::ChildProcess>, 2> processes_;
};

}  // namespace k2::deploy
