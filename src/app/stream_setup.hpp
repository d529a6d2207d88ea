// From a configuration and a journal to what a shard runs with: where each tape stands, what the
// exchange lists, whom to ask.
#pragma once

#include "app/stream_config.hpp"
#include "core/result.hpp"
#include "io/journal.hpp"
#include "io/shard_runner.hpp"

namespace k2::app {

/// Asks the exchange about the symbols; when it cannot be reached the stream starts all the same,
/// with what can be told from the names.
/// Errors: kConfigInvalid for symbols that the exchange does not list, each by name; kFileFailed;
/// those of the journal.
[[nodiscard]] Result<io::ShardRunnerOptions> shard_options(StreamConfig const& config,
                                                           io::Journal& journal);

}  // namespace k2::app
