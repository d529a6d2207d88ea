// Lines that carry the same trades, compared: who brings a trade first and by how much, who brings
// it twice, who lacks some. Pure; used only while several lines carry the same streams.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace k2::feed {

/// One of the lines with the same streams; all numbers only grow.
struct Runner {
  /// Trades that it brought before the others.
  std::uint64_t firsts = 0;
  /// Trades that another line had brought before.
  std::uint64_t seconds = 0;
  /// Trades that it did not bring between two that it brought.
  std::uint64_t lost = 0;
  /// The number of trades for which its lead over the second copy is known.
  std::uint64_t leads = 0;
  std::chrono::nanoseconds lead_total{};
  std::chrono::nanoseconds lead_max{};
};

class Race {
 public:
  /// Compares `runners` connections that carry the same streams.
  explicit Race(std::size_t runners) : runners_(runners) {}

  [[nodiscard]] std::vector<Runner> const& runners() const noexcept { return runners_; }

  /// The runner brought a trade. Hot with `lines = 2`.
  void seen(std::size_t runner, SymbolIndex symbol, TradeId id, MonoTime now) {
    Leg& leg = leg_of(symbol);
    Runner& one = runners_[runner];
    TradeId& last = leg.last[runner];
    // Two lines of one seat overlap while it rotates: what it brought already is no news of it.
    if (last != TradeId{} && id <= last) return;
    if (last != TradeId{}) one.lost += value(id) - value(last) - 1;
    last = id;
    if (leg.newest == TradeId{} || id > leg.newest) {
      ++one.firsts;
      leg = {id, now, runner, std::move(leg.last)};
      return;
    }
    ++one.seconds;
    if (id == leg.newest && leg.leader != runner) settle(runners_[leg.leader], now - leg.at);
  }

 private:
  struct Leg {
    TradeId newest{};
    MonoTime at{};
    std::size_t leader = 0;
    std::vector<TradeId> last;  // by runner
  };

  [[nodiscard]] Leg& leg_of(SymbolIndex symbol) {
    if (value(symbol) >= legs_.size()) legs_.resize(value(symbol) + std::size_t{1});
    Leg& leg = legs_[value(symbol)];
    if (leg.last.empty()) leg.last.resize(runners_.size());
    return leg;
  }
  static void settle(Runner& leader, std::chrono::nanoseconds lead) {
    ++leader.leads;
    leader.lead_total += lead;
    leader.lead_max = std::max(leader.lead_max, lead);
  }

  std::vector<Runner> runners_;
  std::vector<Leg> legs_;
};

}  // namespace k2::feed
