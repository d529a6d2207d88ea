// A snapshot as /api/status gives it: everything that the status page shows. docs/status.md is its
// schema. Pure; the watch server's thread.
#pragma once

#include "watch/snapshot.hpp"

#include <string>

namespace k2::watch {

/// One JSON object. Times are seconds, moments are seconds since 1970.
[[nodiscard]] std::string status_json(Snapshot const& snapshot, MonoTime now);

}  // namespace k2::watch
