// How `k2 stream` is watched: from its configuration to what io/stream_watch runs with.
#pragma once

#include "app/config.hpp"
#include "core/result.hpp"
#include "io/stream_watch.hpp"

namespace k2::app {

/// Errors: kConfigInvalid naming the key.
[[nodiscard]] Result<io::StreamWatchOptions> watch_options(Config const& config);

}  // namespace k2::app
