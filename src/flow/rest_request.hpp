// A page of trades that continuity requests from the exchange's REST interface.
#pragma once

#include "core/ids.hpp"

#include <cstdint>

namespace k2::flow {

enum class RequestId : std::uint64_t {};

/// The source of rows: /historicalTrades (from an id, a database that may lag) or /trades (the
/// newest thousand, from memory).
enum class RestSource : std::uint8_t { kHistorical, kRecent };

struct RestRequest {
  RequestId id{};
  SymbolIndex symbol{};
  RestSource source = RestSource::kHistorical;
  /// The first id wanted; kRecent ignores it.
  TradeId from{};

  friend bool operator==(RestRequest const&, RestRequest const&) = default;
};

}  // namespace k2::flow
