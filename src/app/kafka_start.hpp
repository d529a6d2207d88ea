// The checks of Kafka before the first trade is read: it verifies the topics, and reads how far
// they have been filled. Blocks its caller for some seconds.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"
#include "sink/position_book.hpp"

namespace k2::app {

/// Returns, per symbol, how far the topic has come. The recording can start without Kafka: nothing
/// is known then, which is logged, and ids that the topic turns out to lack are fetched later.
/// Errors: kConfigInvalid for topics or settings that a person must correct.
[[nodiscard]] Result<sink::PositionBook> positions_in_kafka(io::KafkaOptions const& options);

}  // namespace k2::app
