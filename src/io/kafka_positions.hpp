// Reads the positions topic from its beginning to its end, as it was committed, and checks that it
// belongs to what the topic of trades holds.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <functional>
#include <set>

namespace k2::io {

/// Returns what the topic holds now, in whichever partition; `give_up` is called about every
/// second. Errors: kKafkaFailed, also when there is no such topic; kTimeout when given up,
/// kDataCorrupt, kConfigInvalid.
[[nodiscard]] Result<sink::PositionBook> read_topic_positions(KafkaOptions const& options,
                                                              std::function<bool()> const& give_up);

/// Reads positions as above, without those that are in another partition than `options.partitions`
/// gives their symbols; those are logged.
/// Errors: the same.
[[nodiscard]] Result<sink::PositionBook> read_placed_positions(
    KafkaOptions const& options, std::function<bool()> const& give_up);

/// Returns what the partition of registrations holds.
/// Errors: the same.
[[nodiscard]] Result<sink::PositionBook> read_registrations(KafkaOptions const& options,
                                                            std::function<bool()> const& give_up);

/// True for the refusal of a topic's records. Reading trades is a right that delivery itself does
/// not need.
[[nodiscard]] bool is_unauthorized(Error const& error);

/// Logs the positions that were not taken because they are in another partition than their
/// symbol's.
void log_misplaced(sink::PositionBook const& book, std::int32_t partitions);

/// Checks that each of these partitions in which the topic of trades holds anything has a position.
/// A positions topic that was emptied, truncated or created again looks like a new one, and all
/// trades would be delivered a second time. Without transactions nothing is checked: there a trade
/// can be older than the first position. Without the right to read the topic nothing is checked
/// either, and that is logged.
/// Errors: kConfigInvalid with the remedy; kKafkaFailed, kTimeout when given up.
[[nodiscard]] Result<void> check_positions_present(KafkaOptions const& options,
                                                   std::set<std::int32_t> const& partitions,
                                                   sink::PositionBook const& book,
                                                   std::function<bool()> const& give_up);

}  // namespace k2::io
