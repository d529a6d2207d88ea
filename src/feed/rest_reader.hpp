// Parses the answers of the exchange's REST interface, each body from a copy with simdjson's
// padding behind it. A body that is an error of the exchange ({"code":-1121,"msg":"..."}) yields
// kExchangeError for every kind of request. One reader per thread; its buffers are reused.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "feed/exchange_info.hpp"
#include "feed/rest_trades.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace k2::feed {

class JsonBody;

class RestReader {
 public:
  RestReader();
  ~RestReader();
  RestReader(RestReader const&) = delete;
  RestReader& operator=(RestReader const&) = delete;

  /// The rows of /trades or /historicalTrades. Rows that do not fit are set aside, not lost.
  /// Errors: kJsonSyntax (no rows can be read), kExchangeError, kFieldInvalid when there are more
  /// rows than a reply may have.
  [[nodiscard]] Result<TradeRows> trades(std::string_view body, SymbolIndex symbol,
                                         UtcTime received_at);

  /// The first trade id that the rows of /aggTrades name; nothing when they name none. The
  /// exchange marks rows that it took back with ids of -1.
  /// Errors: kJsonSyntax, kExchangeError.
  [[nodiscard]] Result<std::optional<TradeId>> first_trade_id(std::string_view body);

  /// Limits and symbols of /exchangeInfo.
  /// Errors: kJsonSyntax, kExchangeError, kFieldMissing or kFieldInvalid when a limit or symbol
  /// lacks what K2 needs to know.
  [[nodiscard]] Result<ExchangeInfo> exchange_info(std::string_view body);

  /// The exchange's clock, from /time.
  /// Errors: kJsonSyntax, kExchangeError, kFieldMissing, kFieldInvalid.
  [[nodiscard]] Result<UtcTime> server_time(std::string_view body);

  /// The error of a body with a status other than 200: kExchangeError with the exchange's code and
  /// words when it is an error of the exchange, else kHttpStatus with the body's beginning.
  [[nodiscard]] Error error(std::string_view body);

 private:
  std::unique_ptr<JsonBody> json_;
};

}  // namespace k2::feed
