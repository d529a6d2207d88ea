// The texts of a deployment: its plan, its state, and the report at its end. Pure.
#pragma once

#include "tools/deploy/progress.hpp"
#include "tools/deploy/settings.hpp"

#include <string>

namespace k2::deploy {

/// Returns "12:00:07 dual        text", as it is printed and written into the report.
[[nodiscard]] std::string step_line(Step const& step);

/// --dry-run: every state with its period and what makes it go back.
[[nodiscard]] std::string paper_text(Settings const& settings);

/// "DEPLOYED", "ROLLED BACK", ..., with the reason.
[[nodiscard]] std::string verdict_line(Progress const& progress);

[[nodiscard]] std::string report_markdown(Settings const& settings, Progress const& progress);
[[nodiscard]] std::string report_json(Settings const& settings, Progress const& progress);

}  // namespace k2::deploy
