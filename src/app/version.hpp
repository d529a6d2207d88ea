// The identity of this build.
#pragma once

#include <string>

namespace k2::app {

/// "k2 0.1.0 (commit, compiler)".
[[nodiscard]] std::string version_text();

/// The version alone, and the commit, which is empty when the build did not set it.
[[nodiscard]] std::string version_number();
[[nodiscard]] std::string version_commit();

}  // namespace k2::app
