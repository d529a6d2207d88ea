// What runs blue and green: two processes of this machine, or two containers. A deploy asks nothing
// else of it. Everything may be asked again after the tool was killed: what was begun is found.
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

  /// Is everything there, does blue run, and green not? Says what was found.
  /// Errors: kConfigInvalid, kBusy with what has to be mended.
  [[nodiscard]] virtual Result<std::string> prepare() = 0;
  /// Begins it, unless it runs. Says how it did.
  /// Errors: kFileFailed.
  [[nodiscard]] virtual Result<std::string> start(Side side, bool shadow) = 0;
  /// Has it drain and leave, unless it is gone; kills it when it takes too long. Says how it went.
  /// Errors: kTimeout when it stays all the same.
  [[nodiscard]] virtual Result<std::string> stop(Side side) = 0;
  [[nodiscard]] virtual Seen look(Side side) = 0;
  [[nodiscard]] virtual std::vector<ProofCommand> proofs(Progress const& progress,
                                                         Question question) = 0;
};

}  // namespace k2::deploy
