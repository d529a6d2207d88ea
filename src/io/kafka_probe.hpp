// Tests whether the brokers allow K2 the operations of delivery, by the least that shows it and
// without a trace: no group is joined and no record written. Each blocks for seconds at most.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"

namespace k2::io {

/// Write and Describe on transactional ids of K2, by one that nobody delivers with.
/// Errors: kKafkaFailed with the brokers' words.
[[nodiscard]] Result<void> probe_transactions(KafkaOptions const& options);

/// Describe on the group that shares the topic out. The topics must be there.
/// Errors: kKafkaFailed with the brokers' words.
[[nodiscard]] Result<void> probe_group(KafkaOptions const& options);

/// Read on the topic of positions, which must be there.
/// Errors: kKafkaFailed with the brokers' words, kTimeout.
[[nodiscard]] Result<void> probe_positions(KafkaOptions const& options);

}  // namespace k2::io
