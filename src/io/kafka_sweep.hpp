// Ends transactions that brokers have left hanging: they count as over, yet partitions were never
// told of the outcome, and readers see nothing that comes after them.
// Source: Apache Kafka 4.1 to 4.3.1, KAFKA-20734; its documents on unclean leader elections.
#pragma once

#include "core/result.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_options.hpp"
#include "sink/hanging_note.hpp"

#include <functional>
#include <set>
#include <span>
#include <string>

namespace k2::io {

/// In the name of each of these journals, a transaction that puts a record without a value into
/// every partition of K2's topics and is aborted: what hangs there by the same name ends with it,
/// unseen. A process that is at work under such a name is fenced, and begins anew. `give_up` is
/// asked while the brokers keep us waiting.
/// Errors: kConfigInvalid, kKafkaFailed, kKafkaFenced, kTimeout.
[[nodiscard]] Result<void> sweep(KafkaOptions const& options, std::set<std::string> const& journals,
                                 KafkaGroup const& group, std::function<bool()> const& give_up);

/// Writes notes about what hangs into the positions topic. Not in a transaction: an abort must not
/// take them back.
/// Errors: kConfigInvalid, kKafkaFailed, kTimeout.
[[nodiscard]] Result<void> write_notes(KafkaOptions const& options,
                                       std::span<sink::HangingNote const> notes,
                                       std::function<bool()> const& give_up);

/// Logs that a sweep did not end what hangs: the transaction belongs to none of the known journals.
void log_unknown_hanging(KafkaOptions const& options);

}  // namespace k2::io
