// The admin port's requests: faults that are started, listed and healed while the simulator runs.
// Pure; HTTP and sockets are the shell's.
//     POST /faults          a body of faults, one per line; they start now, and at= counts from now
//     GET /faults           the waiting and the active faults
//     DELETE /faults        heals all; /faults/<id> heals one
//     GET /                 what was published so far
#pragma once

#include "tools/sim/simulator.hpp"

#include <string>
#include <string_view>

namespace k2::sim {

struct AdminRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  /// The Origin header with which a browser names the page of a request; empty for other clients.
  std::string_view origin{};
};

struct AdminReply {
  unsigned status = 200;
  /// JSON.
  std::string body;
};

/// Chosen: far more than any scenario needs.
inline constexpr std::size_t kFaultsMax = 1000;

/// Performs a request; the resulting actions of the simulator are appended to `actions`.
[[nodiscard]] AdminReply answer_admin(Simulator& simulator, AdminRequest const& request, Now now,
                                      Actions& actions);

}  // namespace k2::sim
