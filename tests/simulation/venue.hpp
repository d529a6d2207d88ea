// The exchange of a simulated world: the pure exchange simulator, a seeded market behind it, and
// the ledger of all that it published. Its actions on connections go to the network.
#pragma once

#include "core/symbol.hpp"
#include "tests/simulation/clock.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/queue.hpp"
#include "tests/simulation/venue_defects.hpp"
#include "tools/sim/generator.hpp"
#include "tools/sim/simulator.hpp"

#include <functional>
#include <vector>

namespace k2::simulation {

struct VenueOptions {
  double trades_per_second = 8;
  /// The limit of weight for an address in a minute.
  std::uint32_t rest_weight = 6'000;
  std::uint64_t seed = 1;
};

class Venue {
 public:
  using Perform = std::function<void(sim::Actions const&)>;

  /// `perform` performs the exchange's actions on connections; it must not call back synchronously.
  Venue(Clock& clock, Queue& queue, std::vector<Symbol> const& symbols, VenueOptions const& options,
        Perform perform);

  /// Passes an event to the exchange: `what` gets the simulator, the time and the actions to fill.
  template <class What>
  void event(What what) {
    actions_.clear();
    what(box_, clock_.exchange(), actions_);
    perform_(actions_);
    settle();
  }
  [[nodiscard]] sim::Simulator& box() noexcept { return box_; }
  /// The limit of weight for an address in a minute.
  [[nodiscard]] std::uint32_t rest_weight() const noexcept { return options_.rest_weight; }
  [[nodiscard]] Ledger const& ledger() const noexcept { return ledger_; }
  [[nodiscard]] VenueDefects& defects() noexcept { return defects_; }
  /// The next trade of the symbol that is published has a value that fits no record. Returns its
  /// id.
  TradeId spoil_next(Symbol const& symbol);

 private:
  void settle();
  void pump();

  Clock& clock_;
  Queue& queue_;
  Perform perform_;
  VenueOptions options_;
  SymbolTable symbols_;
  sim::Generator generator_;
  sim::Simulator box_;
  Ledger ledger_;
  VenueDefects defects_;
  sim::Actions actions_;
  MonoTime armed_at_ = MonoTime::max();
};

}  // namespace k2::simulation
