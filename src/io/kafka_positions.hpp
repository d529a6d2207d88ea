// Reads the positions topic from its beginning to its end, as it was committed.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"
#include "sink/position_book.hpp"

#include <functional>

namespace k2::io {

/// What the topic holds now; `give_up` is asked about every second.
/// Errors: kKafkaFailed, also when there is no such topic; kTimeout when given up, kDataCorrupt,
/// kConfigInvalid.
[[nodiscard]] Result<sink::PositionBook> read_topic_positions(KafkaOptions const& options,
                                                              std::function<bool()> const& give_up);

}  // namespace k2::io
