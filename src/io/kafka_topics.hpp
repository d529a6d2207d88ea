// The topics that K2 delivers into: created when they are missing and that is allowed, held against
// what delivery needs otherwise. Blocks its caller for seconds.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace k2::io {

/// Makes sure that the topics of trades, positions, gaps and dead letters are there, with at least
/// as many partitions each as the options say, that of positions compacted. Partitions that were
/// added to a topic that K2 has delivered into are left alone, with a warning.
/// Errors: kConfigInvalid for a topic that exists but does not fit, or is missing and must not be
/// created, with the remedy; kKafkaFailed.
[[nodiscard]] Result<void> ensure_topics(rd_kafka_t* handle, KafkaOptions const& options);

/// Checks as ensure_topics() does, without creating anything.
/// Errors: the same.
[[nodiscard]] Result<void> check_topics(rd_kafka_t* handle, KafkaOptions const& options);

/// Returns how long an existing topic keeps records, negative for no limit; nothing when the
/// brokers do not show it. Errors: kKafkaFailed.
[[nodiscard]] Result<std::optional<std::chrono::milliseconds>> read_retention(
    rd_kafka_t* handle, std::string const& topic);

}  // namespace k2::io
