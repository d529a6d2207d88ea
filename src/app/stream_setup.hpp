// Derives a shard's options from a configuration: the REST endpoints, and how connections, backfill
// and storing work.
#pragma once

#include "app/stream_config.hpp"
#include "app/tapes.hpp"
#include "core/result.hpp"
#include "io/shard_runner.hpp"

#include <stop_token>

namespace k2::app {

/// The client options for REST requests to the exchange.
[[nodiscard]] io::HttpsClientOptions rest_options(StreamConfig const& config);

/// The shard's options; `tapes` remembers the carried symbols from now on. The journal continues
/// with `next_sequence`, and `stop` ends the requests to the exchange. Errors: those of
/// Tapes::call; kFileFailed for an unreadable bundle of authorities.
[[nodiscard]] Result<io::ShardRunnerOptions> shard_options(StreamConfig const& config, Tapes& tapes,
                                                           std::uint64_t next_sequence,
                                                           std::stop_token const& stop);

}  // namespace k2::app
