// The commands, flags and settings from their definitions, for other readers than --help has: the
// manual page, and the completion of bash. Nothing of it is written by hand, so nothing can be
// forgotten. Pure.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace k2::app {

/// The page k2(1), in the man macros of roff. Settings are listed once, behind the commands.
[[nodiscard]] std::string manual_page(CLI::App const& app);

/// A script for bash that completes commands, their flags, and values that are a choice.
[[nodiscard]] std::string bash_completion(CLI::App const& app);

}  // namespace k2::app
