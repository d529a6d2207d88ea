// The admin port's requests: faults that begin, are listed and are healed while the box runs. Pure;
// HTTP and sockets are the shell's.
//     POST /faults          a body of faults, one a line; they begin now, and their at= counts from
//     now GET /faults           the faults that wait or are at work DELETE /faults        heals
//     all; /faults/<id> heals one GET /                 what was published so far
#pragma once

#include "tools/sim/box.hpp"

#include <string>
#include <string_view>

namespace k2::sim {

struct AdminRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  /// The Origin that a browser says a page's request comes from; empty for anything else.
  std::string_view origin{};
};

struct AdminReply {
  unsigned status = 200;
  /// JSON.
  std::string body;
};

/// Chosen: far more than any story needs.
inline constexpr std::size_t kFaultsMax = 1000;

/// Does what a request asks for; what the box wants done because of it is appended to `actions`.
[[nodiscard]] AdminReply answer_admin(Box& box, AdminRequest const& request, Now now,
                                      Actions& actions);

}  // namespace k2::sim
