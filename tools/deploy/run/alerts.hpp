// The alerts that a Prometheus server has firing.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace k2::deploy {

/// Names, each once.
/// Errors: those of http_get(), kJsonSyntax.
[[nodiscard]] Result<std::vector<std::string>> firing_alerts(std::string const& server);

/// Parses the body of /api/v1/alerts.
/// Errors: kJsonSyntax.
[[nodiscard]] Result<std::vector<std::string>> read_alerts(std::string_view body);

}  // namespace k2::deploy
