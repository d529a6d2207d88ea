// Blue and green as two containers of one service of the compose project. A container is known by
// its id: blue's is kept before anything is touched, green's is the other one of the service.
#pragma once

#include "tools/deploy/compose_commands.hpp"
#include "tools/deploy/run/runtime.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace k2::deploy {

class ComposeRuntime final : public Runtime {
 public:
  ComposeRuntime(Settings settings, std::filesystem::path folder);

  [[nodiscard]] Result<std::string> prepare() override;
  [[nodiscard]] Result<std::string> start(Side side, bool shadow) override;
  [[nodiscard]] Result<std::string> stop(Side side) override;
  [[nodiscard]] SideStatus probe(Side side) override;
  [[nodiscard]] std::vector<ProofCommand> proofs(Progress const& progress, Check check) override;
  /// The topic of the service's only running container.
  /// Errors: those of the commands, kConfigInvalid when there is no such container.
  [[nodiscard]] Result<Topic> running_topic();

 private:
  /// Runs it to its end; what it printed.
  /// Errors: kFileFailed; kTimeout; kBusy with its output when it failed.
  [[nodiscard]] Result<std::string> ask(Command const& command, std::chrono::milliseconds patience);
  /// Returns the `compose` that is installed, which is determined once.
  [[nodiscard]] ComposeCommands& commands();
  [[nodiscard]] Result<std::vector<Container>> list();
  /// Nothing when there is none, or nobody can tell.
  [[nodiscard]] std::optional<Container> find(Side side);
  [[nodiscard]] std::string blue_id() const;

  Settings settings_;
  std::filesystem::path folder_;
  std::unique_ptr<ComposeCommands> commands_;
};

}  // namespace k2::deploy
