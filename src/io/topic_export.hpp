// `k2 export --kafka`: the trades of a topic, or a part of them, into one file, as `read_committed`
// readers see them: each symbol's in order, symbols in any mixture. In bounded memory.
#pragma once

#include "io/kafka_options.hpp"
#include "io/trade_writer.hpp"

namespace k2::io {

/// Exports what the topic holds when it is called.
/// Errors: kConfigInvalid when there is no such topic, kDataCorrupt at a record that is no framed
/// TradeV2, kTimeout when the brokers fall silent or a transaction stays open, kKafkaFailed,
/// kFileFailed, kDiskFull; the file is then not made.
[[nodiscard]] Result<ExportOutcome> export_topic(KafkaOptions const& options,
                                                 ExportRequest const& request);

}  // namespace k2::io
