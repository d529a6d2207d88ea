// What this build is.
#pragma once

#include <string>

namespace k2::app {

/// "k2 0.1.0 (commit, compiler)".
[[nodiscard]] std::string version_text();

}  // namespace k2::app
