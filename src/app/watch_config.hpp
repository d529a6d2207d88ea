// Derives the options of io/stream_watch from the configuration of `k2 stream`.
#pragma once

#include "app/config.hpp"
#include "core/result.hpp"
#include "io/stream_watch.hpp"

namespace k2::app {

/// Errors: kConfigInvalid naming the key.
[[nodiscard]] Result<io::StreamWatchOptions> watch_options(Config const& config);

}  // namespace k2::app
