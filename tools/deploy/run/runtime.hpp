// The runtime of blue and green: two processes of this machine, or two containers. A deployment
// needs nothing else of it. Every request may be repeated after the tool was killed: started
// processes are found.
#pragma once

#include "tools/deploy/commands.hpp"

#include <string>

namespace k2::deploy {

class Runtime {
 public:
  Runtime() = default;
  virtual ~Runtime() = default;
  Runtime(Runtime const&) = delete;
  Runtime& operator=(Runtime const&) = delete;

  /// Checks that everything is there, that blue runs, and that green does not. Returns a
  /// description.
  /// Errors: kConfigInvalid, kBusy with the problem.
  [[nodiscard]] virtual Result<std::string> prepare() = 0;
  /// Starts it, unless it runs. Returns a description.
  /// Errors: kFileFailed.
  [[nodiscard]] virtual Result<std::string> start(Side side, bool shadow) = 0;
  /// Has it drain and stop, unless it has ended; kills it when it takes too long. Returns a
  /// description.
  /// Errors: kTimeout when it stays all the same.
  [[nodiscard]] virtual Result<std::string> stop(Side side) = 0;
  [[nodiscard]] virtual SideStatus probe(Side side) = 0;
  [[nodiscard]] virtual std::vector<ProofCommand> proofs(Progress const& progress, Check check) = 0;
};

}  // namespace k2::deploy
