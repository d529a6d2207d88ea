// The checks of Kafka before the first trade is read: it verifies the topics, and reads how far
// they have been filled. Blocks its caller for some seconds.
#pragma once

#include "core/result.hpp"
#include "io/journal.hpp"
#include "io/kafka_options.hpp"
#include "sink/position_book.hpp"

namespace k2::app {

/// The topic's position, per symbol. A journal that holds tapes can start without Kafka: nothing is
/// known then, which is logged.
/// Errors: kConfigInvalid for topics or settings that an operator must fix; kKafkaFailed when Kafka
/// is unreachable and only the topic could tell where tapes continue; those of the journal.
[[nodiscard]] Result<sink::PositionBook> positions_in_kafka(io::KafkaOptions const& options,
                                                            io::Journal& journal);

}  // namespace k2::app
