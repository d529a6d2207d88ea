#include "feed/line_events.hpp"

#include <array>

namespace k2::feed {

std::string_view line_state_name(LineState state) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"connecting", "proving", "live", "draining",
                                                   "closed"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view line_reason_name(LineReason reason) noexcept {
  constexpr std::array<std::string_view, kLineReasons> kNames{
      "none",         "upgraded", "data",         "rotation",        "server_shutdown",
      "no_data",      "no_frame", "pong_timeout", "connect_timeout", "not_proven",
      "quiet_market", "age_max",  "replaced",     "unwanted",        "dead_stream",
      "error"};
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace k2::feed
