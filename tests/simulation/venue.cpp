#include "tests/simulation/venue.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation {
namespace {

sim::GeneratorOptions market(std::vector<Symbol> const& symbols, VenueOptions const& venue) {
  sim::GeneratorOptions options;
  options.symbols = symbols;
  options.rate = venue.trades_per_second;
  options.seed = venue.seed;
  options.start = Clock::kBegin;
  return options;
}

sim::SimulatorOptions box_options(VenueOptions const& venue) {
  sim::SimulatorOptions options;
  options.seed = venue.seed;
  options.rest.weight_max = venue.rest_weight;
  options.keep_ledger = true;
  return options;
}

}  // namespace

Venue::Venue(Clock& clock, Queue& queue, std::vector<Symbol> const& symbols,
             VenueOptions const& options, Perform perform)
    : clock_(clock),
      queue_(queue),
      perform_(std::move(perform)),
      options_(options),
      generator_(market(symbols, options), symbols_),
      box_(box_options(options), symbols_, generator_) {
  queue_.at(clock_.mono, [this] { pump(); });
}

void Venue::pump() {
  event([](sim::Simulator& box, Now now, sim::Actions& actions) { box.tick(now, actions); });
  while (box_.publication_due(clock_.mono)) {
    actions_.clear();
    if (!box_.publish_next(clock_.exchange(), actions_)) break;
    ledger_.take(box_.ledger());
    box_.ledger().clear();
    perform_(actions_);
  }
  settle();
}

TradeId Venue::spoil_next(Symbol const& symbol) {
  TradeId const id = next(ledger_.of(symbol.text())->back().id);
  ledger_.mark_unusable(symbol.text(), id);
  defects_.spoil(symbol, id);
  return id;
}

void Venue::settle() {
  auto const due = box_.next_deadline();
  if (!due) return;
  MonoTime const at = std::max(*due, clock_.mono);
  if (at >= armed_at_) return;
  armed_at_ = at;
  queue_.at(at, [this, at] {
    if (armed_at_ != at) return;  // an earlier one took its place
    armed_at_ = MonoTime::max();
    pump();
  });
}

}  // namespace k2::simulation
