// The parts of every simulated world: exchange, network, REST, disk and the process under test on
// one virtual clock, all by one seed. A world adds its faults, and its checks.
#pragma once

#include "tests/simulation/process.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace k2::simulation {

struct SceneOptions {
  std::uint64_t seed = 1;
  bool verbose = false;
  std::vector<Symbol> symbols;
  double trades_per_second = 8;
  /// The exchange's limit of weight for an address in a minute.
  std::uint32_t rest_weight = 6'000;
};

class Scene {
 public:
  Scene(Scene const&) = delete;
  Scene& operator=(Scene const&) = delete;

  /// The last events, for the analysis of a failure.
  [[nodiscard]] std::deque<std::string> const& last_events() const noexcept { return log_.last(); }

 protected:
  /// `shard` holds the options of the process.
  Scene(SceneOptions const& options, shard::ShardOptions const& shard)
      : rng_(options.seed),
        queue_(clock_),
        log_(clock_, options.verbose),
        symbols_(options.symbols),
        network_(clock_, queue_, log_, pause_, Rng{rng_.next()}),
        venue_(clock_, queue_, symbols_,
               {.trades_per_second = options.trades_per_second,
                .rest_weight = options.rest_weight,
                .seed = rng_.next()},
               [this](sim::Actions const& actions) { network_.perform(actions); }),
        rest_(clock_, queue_, log_, venue_, pause_, Rng{rng_.next()}),
        disk_(clock_, queue_, log_, venue_.ledger(), Rng{rng_.next()}),
        process_(clock_, queue_, log_, network_, rest_, disk_, shard, Rng{rng_.next()}) {
    network_.attach(venue_);
  }
  ~Scene() = default;

  /// The last id of each symbol that was published.
  [[nodiscard]] std::map<std::string, TradeId> newest_published() const {
    std::map<std::string, TradeId> newest;
    for (Symbol const& symbol : symbols_) {
      auto const* const trades = venue_.ledger().of(symbol.text());
      if (trades != nullptr) newest[symbol.text()] = trades->back().id;
    }
    return newest;
  }
  /// A fault of the exchange begins, from its text.
  void begin_fault(std::string const& text) {
    auto const spec = sim::parse_fault(text).value();
    log_.say("fault " + spec.text);
    venue_.event([&](sim::Simulator& box, Now now, sim::Actions& actions) {
      box.add_faults({spec}, now);
      box.tick(now, actions);
    });
  }

  Rng rng_;
  Clock clock_;
  Queue queue_;
  EventLog log_;
  std::vector<Symbol> symbols_;
  DemandedPause pause_;
  Network network_;
  Venue venue_;
  Rest rest_;
  Disk disk_;
  Process process_;
};

/// Symbols by their names.
[[nodiscard]] inline std::vector<Symbol> symbols_of(std::initializer_list<char const*> names) {
  std::vector<Symbol> made;
  for (auto const* name : names) made.push_back(Symbol::parse(name).value());
  return made;
}

}  // namespace k2::simulation
