// Registers this process's journal in the positions topic before its first delivery. The record
// fixes the number of partitions that the topic is delivered into, and lets a sweep find the
// transactions of a process that disappeared during its first one.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"

#include <functional>

namespace k2::io {

/// Checks that the topic is delivered into with `options.partitions`, and registers the journal
/// `options.process` if it is not registered yet. Blocks, mostly for some tenths of a second;
/// `give_up` is called meanwhile.
/// Errors: kConfigInvalid for another number of partitions, naming the right one; kKafkaFailed,
/// kTimeout, kDataCorrupt.
[[nodiscard]] Result<void> register_journal(KafkaOptions const& options,
                                            std::function<bool()> const& give_up);

}  // namespace k2::io
