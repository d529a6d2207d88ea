// From a configuration to what a shard runs with: whom to ask, and how lines, repair and storing
// are to be treated.
#pragma once

#include "app/stream_config.hpp"
#include "app/tapes.hpp"
#include "core/result.hpp"
#include "io/shard_runner.hpp"

#include <stop_token>

namespace k2::app {

/// Whom to ask over REST.
[[nodiscard]] io::HttpsClientOptions rest_options(StreamConfig const& config);

/// What the shard runs with, from now on remembered by `tapes`; the journal goes on with
/// `next_sequence`. `stop` ends the questions to the exchange. Errors: those of Tapes::call;
/// kFileFailed for an unreadable bundle of authorities.
[[nodiscard]] Result<io::ShardRunnerOptions> shard_options(StreamConfig const& config, Tapes& tapes,
                                                           std::uint64_t next_sequence,
                                                           std::stop_token const& stop);

}  // namespace k2::app
