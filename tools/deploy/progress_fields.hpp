// The fields of a deploy's progress with their names in JSON, for what keeps it and for the report:
// one table for both ways. Pure.
#pragma once

#include "tools/deploy/progress.hpp"

#include <nlohmann/json.hpp>

namespace k2::deploy {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json fields_json(Progress const& progress);
/// Throws nlohmann::json::exception when a field is missing or of another kind.
void read_fields(Json const& json, Progress& progress);

}  // namespace k2::deploy
