#include "tests/simulation/world_plan.hpp"

#include "core/rng.hpp"

namespace k2::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Chosen: so tight that a few simultaneous gaps reach it.
constexpr std::uint32_t kTightWeight = 300;
constexpr std::uint32_t kNeighbourWeight = 150;
/// The share of a process that has divided the weight with that neighbour, less a reserve.
constexpr double kDividedShare = 0.45;
/// So little that a catch-up uses all of it for minutes, and enough for a reserve of two requests.
constexpr std::uint32_t kCatchUpWeight = 1'200;
/// So long that a full reorder buffer decides, and not the patience.
constexpr seconds kLongPatience{120};
constexpr std::uint64_t kTrials = 8;
/// Chosen: an hour, as a wrong time zone is, and more.
constexpr std::uint64_t kClockStepMax = 4'000;

/// A neighbour takes the weight that most trials need for themselves.
void draw_trial(Rng& rng, WorldPlan& plan) {
  plan.trial = static_cast<Trial>(rng.below(kTrials));
  if (plan.neighbour_weight > 0) {
    plan.divided = rng.chance(0.5);
    bool const needs_weight = plan.trial != Trial::kFlapping && plan.trial != Trial::kRestartedIds;
    if (needs_weight) plan.trial = Trial::kNone;
  } else if (plan.trial == Trial::kCatchUp) {
    plan.rest_weight = kCatchUpWeight;
  } else if (plan.trial == Trial::kNoRest) {
    plan.gap_patience = kLongPatience;
  }
}

}  // namespace

WorldPlan plan_of(std::uint64_t seed) {
  Rng rng{seed ^ 0x9e3779b97f4a7c15U};
  WorldPlan plan;
  plan.line_lifetime = rng.chance(0.5) ? seconds{40 + rng.below(200)} : hours{4};
  plan.gap_patience = seconds{5 + rng.below(30)};
  plan.lines = rng.chance(0.3) ? 2 : 1;
  plan.audit = rng.chance(0.3);
  plan.symbols_change = rng.chance(0.3);
  if (rng.chance(0.3)) {
    plan.rest_weight = kTightWeight;
    plan.neighbour_weight = kNeighbourWeight;
  } else if (rng.chance(0.4)) {
    // A process that shares an address learns of others by the minutes of a correct clock.
    plan.clock_is_stepped = true;
    plan.clock_step = seconds{rng.below(2 * kClockStepMax)} - seconds{kClockStepMax};
  }
  draw_trial(rng, plan);
  return plan;
}

shard::ShardOptions options_of(WorldPlan const& plan, std::vector<Symbol> const& symbols) {
  shard::ShardOptions options;
  for (Symbol const& symbol : symbols) {
    options.symbols.push_back({.symbol = symbol, .currency = "USDT"});
  }
  options.feed.endpoints = 2;
  options.feed.lines = plan.lines;
  options.feed.audit = options.continuity.audit.enabled = plan.audit;
  options.feed.line.lifetime = plan.line_lifetime;
  options.feed.line.ping_interval = seconds{30};
  options.continuity.gap_patience = plan.gap_patience;
  options.continuity.weight_per_minute = plan.rest_weight;
  if (plan.divided) options.continuity.weight_share = kDividedShare;
  // Requests in flight while others spend must fit into the share that is left free.
  if (plan.neighbour_weight > 0) options.continuity.backfill.in_flight_max = 1;
  options.continuity.sequencer.waiting_per_symbol_max = 100;
  options.continuity.sequencer.waiting_total_max = 200;
  return options;
}

}  // namespace k2::simulation
