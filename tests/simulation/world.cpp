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

/// Chosen: a fault each 12 s, so that most fall into the trouble of another.
constexpr double kFaultEverySeconds = 12;
constexpr double kTradesPerSecond = 8;

shard::ShardOptions shard_options(std::vector<Symbol> const& symbols, Rng rng) {
  shard::ShardOptions options;
  for (Symbol const& symbol : symbols) {
    options.symbols.push_back({.symbol = symbol, .currency = "USDT"});
  }
  options.feed.endpoints = 2;
  // Where lines are rotated often, rotation is tried; where seldom, it hides no dead line.
  options.feed.line.lifetime =
      rng.chance(0.5) ? seconds{40 + rng.below(200)} : std::chrono::hours{4};
  options.feed.line.ping_interval = seconds{30};
  options.continuity.gap_patience = seconds{5 + rng.below(30)};
  options.continuity.sequencer.waiting_per_symbol_max = 100;
  options.continuity.sequencer.waiting_total_max = 200;
  return options;
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

World::World(WorldOptions const& options)
    : Scene({.seed = options.seed,
             .verbose = options.verbose,
             .symbols = symbols_of({"BTCUSDT", "ETHUSDT", "PEPEUSDT"}),
             .trades_per_second = kTradesPerSecond},
            [](Rng rng) {
              return shard_options(symbols_of({"BTCUSDT", "ETHUSDT", "PEPEUSDT"}), rng);
            }),
      options_(options) {}

WorldReport World::run() {
  MonoTime const healed_at{options_.chaos};
  process_.start();
  plan_chaos();
  queue_.run_until(healed_at);
  heal();
  queue_.run_until(healed_at + options_.live_within);
  check_live();
  queue_.run_until(healed_at + options_.calm_after);
  check_calm();
  queue_.run_until(healed_at + options_.rest);
  auto const published = newest_published();
  queue_.run_until(healed_at + options_.rest + std::chrono::minutes{2});
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
  venue_.event([&](sim::Box& box, Now now, sim::Actions& actions) {
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

void World::heal() {
  chaos_ = false;
  log_.say("healed");
  network_.set_trouble(0);
  rest_.set_trouble(0);
  disk_.fail_until(clock_.mono);
  venue_.event([](sim::Box& box, Now now, sim::Actions& actions) { box.heal_all(now, actions); });
  if (rng_.chance(0.5)) leave_dead_lines();
}

/// The exchange is well again, but the connections that there are will never be: the process must
/// find that out by itself.
void World::leave_dead_lines() {
  begin_fault(rng_.chance(0.5) ? "half-open on=all" : "mute on=all");
}

/// With nothing wrong, lines are rotated until the end, and that alone costs no repair.
void World::check_calm() {
  shard::ShardStatus const before = process_.status();
  queue_.run_until(clock_.mono + (options_.rest - options_.calm_after));
  shard::ShardStatus const after = process_.status();
  log_.say(fmt::format("calm: {} rotations", after.lines.rotations - before.lines.rotations));
  if (after.lines.losses != before.lines.losses) {
    throw OracleFailure{"calm", fmt::format("{} lines were lost with nothing wrong",
                                            after.lines.losses - before.lines.losses)};
  }
  if (after.counts.backfilled != before.counts.backfilled) {
    throw OracleFailure{"calm", fmt::format("{} trades had to be fetched with nothing wrong",
                                            after.counts.backfilled - before.counts.backfilled)};
  }
}

/// What was published a minute before the bound is over must be durable by then.
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
