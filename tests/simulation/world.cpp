#include "tests/simulation/world.hpp"

#include "tests/simulation/oracle_failure.hpp"
#include "tools/sim/random_fault.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace k2::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Chosen: a fault each 12 s, so that most fall into the effects of another.
constexpr double kFaultEverySeconds = 12;
constexpr double kTradesPerSecond = 8;
/// The longest time that a trade of a mute stream may take. Chosen: candles come each 2 s, one
/// proves that a stream is dead within 3 s, and REST takes some tenths of a second.
constexpr seconds kMuteBound{6};

std::vector<Symbol> world_symbols() {
  return symbols_of({"BTCUSDT", "ETHUSDT", "PEPEUSDT"});
}

constexpr std::array kVenueFaults{
    sim::FaultKind::kDrop,      sim::FaultKind::kClose,     sim::FaultKind::kServerShutdown,
    sim::FaultKind::kLose,      sim::FaultKind::kDuplicate, sim::FaultKind::kReorder,
    sim::FaultKind::kBadJson,   sim::FaultKind::kMute,      sim::FaultKind::kHalfOpen,
    sim::FaultKind::kBlackHole, sim::FaultKind::kSlowBytes, sim::FaultKind::kLateData,
    sim::FaultKind::kRefuse,    sim::FaultKind::kRestDown,  sim::FaultKind::kRestLag,
    sim::FaultKind::kIdGap,     sim::FaultKind::kHalt,
};

}  // namespace

World::World(WorldOptions const& options) : World(options, plan_of(options.seed)) {}

World::World(WorldOptions const& options, WorldPlan const& plan)
    : Scene({.seed = options.seed,
             .verbose = options.verbose,
             .symbols = world_symbols(),
             .trades_per_second = kTradesPerSecond,
             .rest_weight = plan.rest_weight},
            options_of(plan, world_symbols())),
      options_(options),
      plan_(plan) {}

WorldReport World::run() {
  MonoTime const healed_at{options_.chaos};
  clock_.step = plan_.clock_step;
  if (plan_.divided) rest_.expect_no_limit();
  process_.start();
  plan_chaos();
  plan_neighbour();
  queue_.run_until(healed_at);
  heal();
  queue_.run_until(healed_at + options_.live_within);
  check_live();
  queue_.run_until(healed_at + options_.calm_after);
  check_calm();
  if (plan_.audit && plan_.neighbour_weight == 0) check_mute();
  run_trial();
  auto published = newest_published();
  for (auto const& [symbol, last] : ended_) published[symbol] = last;
  queue_.run_until(clock_.mono + std::chrono::minutes{2});
  process_.stop();
  disk_.durable().check_complete(published);
  return {log_.hash(),    venue_.box().trades_published(), faults_, restarts_, network_.connects(),
          queue_.events()};
}

MonoTime World::after(std::uint64_t least_ms, std::uint64_t most_ms) {
  return clock_.mono + milliseconds{least_ms + rng_.below(most_ms - least_ms + 1)};
}

void World::plan_chaos() {
  double const wait = -std::log(1.0 - rng_.unit()) * kFaultEverySeconds;
  queue_.at(clock_.mono + milliseconds{std::llround(wait * 1e3)}, [this] {
    if (!chaos_) return;
    strike();
    plan_chaos();
  });
}

void World::strike() {
  ++faults_;
  if (plan_.symbols_change && rng_.chance(0.2)) return strike_symbols();
  if (plan_.clock_is_stepped && rng_.chance(0.2)) return strike_clock();
  if (rng_.chance(0.05)) return strike_ids();
  if (rng_.chance(0.03)) return strike_connects();
  double const draw = rng_.unit();
  if (draw < 0.65) return strike_venue();
  if (draw < 0.80) return strike_process();
  if (draw < 0.90) return strike_disk();
  network_.set_trouble(rng_.chance(0.5) ? rng_.unit() : 0);
  rest_.set_trouble(rng_.chance(0.5) ? rng_.unit() * 0.8 : 0);
  log_.say("the network's trouble changes");
}

void World::strike_venue() {
  auto const kind = kVenueFaults[rng_.below(kVenueFaults.size())];
  sim::FaultSpec const spec = sim::random_fault(kind, rng_);
  log_.say("fault " + spec.text);
  venue_.event([&](sim::Simulator& box, Now now, sim::Actions& actions) {
    box.add_faults({spec}, now);
    box.tick(now, actions);
  });
}

void World::strike_process() {
  if (!process_.running()) return;
  ++restarts_;
  double const draw = rng_.unit();
  if (draw < 0.2) {
    process_.stop();
  } else {
    process_.crash(draw < 0.7);
  }
  queue_.at(after(100, 20'000), [this] { process_.start(); });
}

void World::strike_disk() {
  if (rng_.chance(0.5)) {
    log_.say("the disk fails");
    return disk_.fail_until(after(100, 20'000));
  }
  log_.say("the disk is slow");
  disk_.slow_down(milliseconds{rng_.below(2'000)});
  queue_.at(after(1'000, 20'000), [this] { disk_.slow_down({}); });
}

/// The operator removes a symbol, or adds one again; the last one stays.
void World::strike_symbols() {
  Symbol const& symbol = symbols_[rng_.below(symbols_.size())];
  if (!process_.carries(symbol)) return process_.add_symbol(symbol);
  if (process_.symbols() > 1) process_.remove_symbol(symbol);
}

void World::strike_clock() {
  clock_.step += seconds{rng_.below(600)} - seconds{300};
  log_.say("the calendar is stepped");
}

/// One frame comes with an id that the exchange has never reached.
void World::strike_ids() {
  Symbol const& symbol = symbols_[rng_.below(symbols_.size())];
  process_.follow_with_odd_id(symbol, std::uint64_t{1} << (36 + rng_.below(27)));
}

/// All connections are cut, and the exchange requires the first new one to wait.
void World::strike_connects() {
  begin_fault("drop how=rst on=all");
  begin_fault("refuse status=429 retry-after=20s for=2s");
}

/// Another client of the address spends its share of each minute of the exchange: as it begins, or
/// at any moment when the two have divided the weight.
void World::plan_neighbour() {
  if (plan_.neighbour_weight == 0) return;
  queue_.at(std::chrono::ceil<std::chrono::minutes>(clock_.mono + milliseconds{1}), [this] {
    queue_.at(after(1, plan_.divided ? 55'000 : 3'000),
              [this] { rest_.let_neighbour_spend(plan_.neighbour_weight); });
    plan_neighbour();
  });
}

void World::heal() {
  chaos_ = false;
  for (Symbol const& symbol : symbols_) process_.add_symbol(symbol);
  log_.say("healed");
  network_.set_trouble(0);
  rest_.set_trouble(0);
  disk_.fail_until(clock_.mono);
  venue_.event(
      [](sim::Simulator& box, Now now, sim::Actions& actions) { box.heal_all(now, actions); });
  if (rng_.chance(0.5)) leave_dead_lines();
}

/// The exchange is well again, but the connections that there are will never be: the process must
/// find that out by itself.
void World::leave_dead_lines() {
  begin_fault(rng_.chance(0.5) ? "half-open on=all" : "mute on=all");
}

/// Checks that rotations alone, without faults until the end, cost no repair.
void World::check_calm() {
  shard::ShardStatus const before = process_.status();
  std::uint64_t const heard = process_.trades_heard();
  std::uint64_t const holes = process_.tally().holes;
  queue_.run_until(clock_.mono + (options_.rest - options_.calm_after));
  shard::ShardStatus const after = process_.status();
  log_.say(fmt::format("calm: {} rotations", after.lines.rotations - before.lines.rotations));
  if (after.lines.losses != before.lines.losses) {
    throw OracleFailure{"calm", fmt::format("{} lines were lost with nothing wrong",
                                            after.lines.losses - before.lines.losses)};
  }
  // An idle probe may be ahead of the connection; that is no gap.
  if (process_.tally().holes != holes) {
    throw OracleFailure{
        "calm", fmt::format("{} holes opened with nothing wrong", process_.tally().holes - holes)};
  }
  check_duplicates(before, after, process_.trades_heard() - heard);
}

/// Checks that, with nothing missing, each trade that a connection brings is either new or a
/// duplicate.
void World::check_duplicates(shard::ShardStatus const& before, shard::ShardStatus const& after,
                             std::uint64_t heard) {
  if (before.holes + before.waiting + after.holes + after.waiting > 0) return;
  auto const taken = [](flow::ContinuityCounts const& counts) {
    return counts.accepted - counts.backfilled + counts.duplicates;
  };
  std::uint64_t const counted = taken(after.counts) - taken(before.counts);
  if (counted == heard) return;
  throw OracleFailure{
      "counts", fmt::format("duplicates: {} trades were received, {} are counted", heard, counted)};
}

/// One stream of a healthy connection falls silent. Candles prove it, so its trades are durable
/// within seconds: over REST, and with the next connection.
void World::check_mute() {
  std::string const& name = symbols_[0].text();
  begin_fault("mute stream=btcusdt@trade on=all for=60s");
  for (MonoTime const end = clock_.mono + std::chrono::minutes{1}; clock_.mono < end;) {
    queue_.run_until(clock_.mono + seconds{1});
    UtcTime const until = clock_.exchange().utc - kMuteBound;
    auto const newest = disk_.durable().tape(name).newest;
    for (LedgerTrade const& trade : *venue_.ledger().of(name)) {
      if (trade.traded_at > until || (newest && *newest >= trade.id)) continue;
      throw OracleFailure{"mute", fmt::format("trade {} of a mute stream is not there after {} s",
                                              value(trade.id), kMuteBound.count())};
    }
  }
}

/// Checks that what was published a minute before the time limit is durable by then.
void World::check_live() {
  UtcTime const until = clock_.exchange().utc - std::chrono::minutes{1};
  for (Symbol const& symbol : symbols_) {
    Tape const& tape = disk_.durable().tape(symbol.text());
    TradeId due{};
    for (LedgerTrade const& trade : *venue_.ledger().of(symbol.text())) {
      if (trade.traded_at <= until) due = trade.id;
    }
    if (tape.newest && *tape.newest >= due) continue;
    throw OracleFailure{"live", fmt::format("{} does not flow {} min after healing", symbol.text(),
                                            options_.live_within.count())};
  }
}

}  // namespace k2::simulation
