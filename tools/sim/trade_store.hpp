// The trades that the exchange still keeps for REST: a bounded number of the newest over all
// symbols, each with the number of the aggregate trade it belongs to. Pure; one thread.
#pragma once

#include "core/time.hpp"
#include "tools/sim/frame_text.hpp"
#include "tools/sim/publication.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace k2::sim {

/// A trade as REST needs it.
struct StoredTrade {
  TradeId id{};
  std::uint64_t agg_id = 0;
  Price price;
  Quantity quantity;
  UtcTime traded_at{};
  /// The time at which it was published, for databases that are behind.
  MonoTime published_at{};
  bool buyer_is_maker = false;
};

class TradeStore {
 public:
  /// Chosen: with 2 million, about 130 MB when full.
  static constexpr std::size_t kTradesMaxDefault = 2'000'000;

  explicit TradeStore(std::size_t trades_max) : trades_max_(trades_max) {}

  /// Remembers a trade; the oldest of all is forgotten when there are too many. A trade whose id
  /// is not above its symbol's last is left out: false.
  bool add(PublishedTrade const& trade, MonoTime published_at = {});

  /// The trades of a symbol that are still remembered, by rising id.
  [[nodiscard]] std::deque<StoredTrade> const& of(SymbolIndex symbol) const;
  /// The index of the first trade with at least this id; size() when there is none.
  [[nodiscard]] std::size_t find(SymbolIndex symbol, TradeId from) const;
  /// The index of the first trade with at least this aggregate id.
  [[nodiscard]] std::size_t find_agg(SymbolIndex symbol, std::uint64_t from) const;
  /// The index of the first trade at or after an instant.
  [[nodiscard]] std::size_t find_time(SymbolIndex symbol, UtcTime from) const;
  /// The index of the first trade that was published after an instant.
  [[nodiscard]] std::size_t find_published_after(SymbolIndex symbol, MonoTime until) const;

  /// The aggregate whose first remembered fill is at `at`; `at` moves behind its last one.
  [[nodiscard]] AggTrade take_agg(SymbolIndex symbol, std::size_t& at) const;

  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

 private:
  std::size_t trades_max_;
  std::vector<std::deque<StoredTrade>> by_symbol_;
  std::deque<SymbolIndex> order_;
};

}  // namespace k2::sim
