// What a start asks of Kafka before the first trade is read: whether the topics are as they must
// be, and how far they have been filled. Blocks its caller for some seconds.
#pragma once

#include "core/result.hpp"
#include "io/journal.hpp"
#include "io/kafka_options.hpp"
#include "sink/position_book.hpp"

namespace k2::app {

/// Per symbol, how far the topic has come. A journal that holds tapes can begin without
/// Kafka: nothing is known then, and said.
/// Errors: kConfigInvalid for topics or settings that a human must mend; kKafkaFailed when Kafka
/// is away and only the topic could say where tapes go on; those of the journal.
[[nodiscard]] Result<sink::PositionBook> positions_in_kafka(io::KafkaOptions const& options,
                                                            io::Journal& journal);

}  // namespace k2::app
