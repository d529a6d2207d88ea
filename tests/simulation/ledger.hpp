// The truth: every trade that the exchange published, by symbol and id, read from its own ledger.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace k2::simulation {

struct LedgerTrade {
  TradeId id{};
  Price price;
  Quantity quantity;
  UtcTime traded_at{};
  bool buyer_is_maker = false;
};

class Ledger {
 public:
  using Trades = std::vector<LedgerTrade>;

  /// Takes the exchange's lines in.
  void take(std::string_view lines);
  /// The trade with that id, or null when the exchange never published it.
  [[nodiscard]] LedgerTrade const* find(std::string_view symbol, TradeId id) const;
  /// All trades of a symbol by rising id; null before the first.
  [[nodiscard]] Trades const* of(std::string_view symbol) const;
  /// True when any id of the range was published.
  [[nodiscard]] bool has_any(std::string_view symbol, IdRange range) const;

 private:
  void take_line(std::string_view line);

  std::map<std::string, Trades, std::less<>> trades_;
};

}  // namespace k2::simulation
