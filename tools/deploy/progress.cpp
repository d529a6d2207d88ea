#include "tools/deploy/progress.hpp"

#include "core/assert.hpp"
#include "tools/deploy/progress_fields.hpp"

#include <algorithm>
#include <array>

namespace k2::deploy {
namespace {

struct StateLine {
  State state;
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array kStates{
    StateLine{State::kPreparing, "preparing", "check programs, settings and blue"},
    StateLine{State::kStarting, "starting", "start green beside blue"},
    StateLine{State::kReadying, "readying", "wait until green is ready and lacks nothing"},
    StateLine{State::kDual, "dual", "both record everything; green is watched"},
    StateLine{State::kDiffing, "diffing", "compare what both recorded, id by id"},
    StateLine{State::kPromoting, "promoting", "green leaves the shadow topic"},
    StateLine{State::kJoining, "joining", "green joins the real topic, beside blue"},
    StateLine{State::kCutting, "cutting", "blue drains and stops"},
    StateLine{State::kTakingOver, "taking-over", "green takes over everything"},
    StateLine{State::kValidating, "validating", "green alone, watched"},
    StateLine{State::kVerifying, "verifying", "verify the whole period by ids"},
    StateLine{State::kDone, "done", "green is in production"},
    StateLine{State::kRestoring, "restoring", "start blue unless it runs"},
    StateLine{State::kWithdrawing, "withdrawing", "stop green"},
    StateLine{State::kReturning, "returning", "blue takes over everything"},
    StateLine{State::kChecking, "checking", "verify blue's records by ids"},
    StateLine{State::kRolledBack, "rolled-back", "blue is in production, as before"},
    StateLine{State::kRefused, "refused", "nothing was touched"},
    StateLine{State::kFailed, "failed", "manual intervention required"}};

StateLine const& line_of(State state) noexcept {
  return kStates[static_cast<std::size_t>(state)];
}

}  // namespace

std::string_view state_name(State state) noexcept {
  K2_ASSERT(line_of(state).state == state);
  return line_of(state).name;
}

std::string_view state_meaning(State state) noexcept {
  return line_of(state).meaning;
}

std::optional<State> find_state(std::string_view name) noexcept {
  auto const* const found = std::ranges::find(kStates, name, &StateLine::name);
  if (found == kStates.end()) return std::nullopt;
  return found->state;
}

bool is_final(State state) noexcept {
  return state == State::kDone || state == State::kRolledBack || state == State::kRefused ||
         state == State::kFailed;
}

std::string progress_json(Progress const& progress) {
  return fields_json(progress).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Progress> parse_progress(std::string_view text) {
  try {
    Progress progress;
    read_fields(Json::parse(text), progress);
    return progress;
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kDataCorrupt, std::string{"state of the deployment: "} + wrong.what()};
  }
}

}  // namespace k2::deploy
