// The Avro schemas of the records beside the trades: schemas/tape_gap.avsc and dead_letter.avsc,
// embedded at build as TradeV2 is (sink/trade_schema).
#pragma once

#include <string_view>

namespace k2::sink {

/// TapeGap as JSON text, byte for byte the file's.
[[nodiscard]] std::string_view gap_schema() noexcept;
/// DeadLetter, likewise.
[[nodiscard]] std::string_view dead_letter_schema() noexcept;

}  // namespace k2::sink
