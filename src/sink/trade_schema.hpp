// The Avro schema of TradeV2, schemas/trade_v2.avsc, embedded at build: what a registry is given
// and what the header of every exported container carries.
#pragma once

#include <string_view>

namespace k2::sink {

/// The schema as JSON text, byte for byte the file's.
[[nodiscard]] std::string_view trade_schema() noexcept;

}  // namespace k2::sink
