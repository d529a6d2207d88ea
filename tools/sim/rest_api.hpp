// The exchange's public REST API, /api/v3: a request in, a reply out. It reads the trade store and
// keeps the weights. Pure; sockets and HTTP are the shell's.
#pragma once

#include "core/symbol.hpp"
#include "tools/sim/query.hpp"
#include "tools/sim/rest_budget.hpp"
#include "tools/sim/trade_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::sim {

struct RestRequest {
  std::string_view method;
  std::string_view target;
  /// The client's address; weights are counted for each.
  std::string_view client;
  /// The header X-MBX-TIME-UNIT; empty when absent.
  std::string_view time_unit;
};

struct RestReply {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Nothing is answered: the connection is cut.
  bool cut = false;
  /// So long the answer lets wait for itself.
  std::chrono::nanoseconds delay{};
};

class RestApi {
 public:
  /// Both outlive the API.
  RestApi(RestLimits const& limits, SymbolTable const& symbols, TradeStore const& store)
      : limits_(limits), budget_(limits), symbols_(symbols), store_(store) {}

  /// Answers a request. Data of the exchange's databases is as it was at `database_at`, when that
  /// is given; data of its memory is fresh.
  [[nodiscard]] RestReply answer(RestRequest const& request, UtcTime now,
                                 std::optional<MonoTime> database_at = {});

 private:
  struct Call;
  struct Refusal;
  using Body = std::optional<Refusal> (RestApi::*)(Call const&, std::string&) const;
  struct Route;

  [[nodiscard]] static Route const* find_route(std::string_view path);
  [[nodiscard]] std::uint64_t weight_of(Route const& route, Target const& target) const;

  std::optional<Refusal> ping(Call const& call, std::string& body) const;
  std::optional<Refusal> time(Call const& call, std::string& body) const;
  std::optional<Refusal> exchange_info(Call const& call, std::string& body) const;
  std::optional<Refusal> trades(Call const& call, std::string& body) const;
  std::optional<Refusal> historical_trades(Call const& call, std::string& body) const;
  std::optional<Refusal> agg_trades(Call const& call, std::string& body) const;
  std::optional<Refusal> depth(Call const& call, std::string& body) const;
  std::optional<Refusal> klines(Call const& call, std::string& body) const;

  /// The end of the trades that the databases have.
  [[nodiscard]] std::size_t known(Call const& call, SymbolIndex symbol) const;
  std::optional<Refusal> take_symbol(Call const& call, SymbolIndex& symbol) const;
  void append_trades(SymbolIndex symbol, std::size_t from, std::size_t until, TimeUnit unit,
                     std::string& body) const;
  void append_newest(Call const& call, SymbolIndex symbol, std::size_t until,
                     std::string& body) const;
  void append_aggs(SymbolIndex symbol, std::size_t from, std::size_t until, std::size_t limit,
                   TimeUnit unit, std::string& body) const;

  RestLimits limits_;
  RestBudget budget_;
  SymbolTable const& symbols_;
  TradeStore const& store_;
};

}  // namespace k2::sim
