// The checks of `k2 check`, each composed of a probe of io and a verdict of tools/check. Each
// blocks until its answer arrives, seconds at most.
#pragma once

#include "app/config.hpp"
#include "app/stream_config.hpp"
#include "tools/check/finding.hpp"

#include <chrono>
#include <filesystem>

namespace k2::app {

/// Disk, limits and ports of this machine.
[[nodiscard]] check::Findings check_machine(Config const& settings, StreamConfig const& config);

/// REST and lines of the exchange; `patience` is how long a line may take to bring a trade.
[[nodiscard]] check::Findings check_exchange(StreamConfig const& config,
                                             std::chrono::milliseconds patience);

/// Brokers, topics, rights and the schema registry. None of them is changed.
[[nodiscard]] check::Findings check_kafka(io::KafkaOptions const& options,
                                          std::filesystem::path const& data_dir);

/// Checks that the stream that listens on metrics.listen is ready (docs/status.md).
[[nodiscard]] check::Finding check_ready(Config const& settings);

}  // namespace k2::app
