#include "tools/sim/server/fault_log.hpp"

#include "io/log.hpp"

#include <string>

namespace k2::sim {
namespace {

// Chosen: longer lists are no more useful than their length.
constexpr std::size_t kSessionsListedMax = 16;

std::string list_of(std::vector<SessionId> const& sessions) {
  std::string text;
  for (std::size_t i = 0; i < sessions.size() && i < kSessionsListedMax; ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(static_cast<std::uint64_t>(sessions[i]));
  }
  return text;
}

}  // namespace

void log_faults(std::vector<FaultEvent>& events) {
  for (FaultEvent const& event : events) {
    auto const id = static_cast<std::uint64_t>(event.id);
    std::string const listed = list_of(event.sessions);
    if (event.began) {
      io::log_event(io::LogLevel::kInfo, "sim.fault_began",
                    {{"fault", id},
                     {"kind", info_of(event.spec.kind).name},
                     {"what", event.spec.text},
                     {"sessions", event.sessions.size()},
                     {"session_ids", listed}});
    } else {
      io::log_event(io::LogLevel::kInfo, "sim.fault_ended",
                    {{"fault", id},
                     {"kind", info_of(event.spec.kind).name},
                     {"what", event.spec.text},
                     {"hits", event.hits}});
    }
  }
  events.clear();
}

}  // namespace k2::sim
