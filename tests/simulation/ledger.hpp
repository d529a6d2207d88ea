// The truth: every trade that the exchange published, by symbol and id, read from its own ledger.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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
  /// No record can hold this trade, published already or not: it counts as never published.
  void mark_unusable(std::string const& symbol, TradeId id) { unusable_.emplace(symbol, id); }
  [[nodiscard]] bool is_unusable(std::string const& symbol, TradeId id) const {
    return unusable_.contains({symbol, id});
  }
  /// True when any id of the range was published, with values that a record can hold.
  [[nodiscard]] bool has_any(std::string_view symbol, IdRange range) const;

 private:
  void take_line(std::string_view line);

  std::map<std::string, Trades, std::less<>> trades_;
  std::set<std::pair<std::string, TradeId>> unusable_;
};

}  // namespace k2::simulation
