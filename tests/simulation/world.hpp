// A simulated world: exchange, network, REST, disk and the process under test on one virtual
// clock, and a chaos drawn from the seed that goes wrong on them, heals, and lets them come to
// rest. The same seed makes the same world, event by event. Throws OracleFailure when a promise is
// broken.
#pragma once

#include "tests/simulation/scene.hpp"
#include "tests/simulation/world_plan.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace k2::simulation {

struct WorldOptions {
  std::uint64_t seed = 1;
  bool verbose = false;
  std::chrono::minutes chaos{10};
  /// The time limits after healing: until all must flow again, until repair must have come to its
  /// end, and until all must be complete.
  std::chrono::minutes live_within{10};
  std::chrono::minutes calm_after{20};
  std::chrono::minutes rest{30};
};

struct WorldReport {
  std::uint64_t hash = 0;
  std::uint64_t trades = 0;
  std::uint64_t faults = 0;
  std::uint64_t restarts = 0;
  std::uint64_t connects = 0;
  std::uint64_t events = 0;
};

class World : public Scene {
 public:
  explicit World(WorldOptions const& options);
  WorldReport run();

 private:
  World(WorldOptions const& options, WorldPlan const& plan);
  void plan_chaos();
  void plan_neighbour();
  void strike();
  void strike_venue();
  void strike_process();
  void strike_disk();
  void strike_symbols();
  void strike_clock();
  void strike_ids();
  void strike_connects();
  void heal();
  void leave_dead_lines();
  void check_live();
  void check_calm();
  void check_mute();
  void run_trial();
  void try_refused_symbol();
  void try_unusable_trade();
  void try_odd_row();
  void try_no_rest();
  void try_flapping();
  void try_catch_up();
  void try_restarted_ids();
  void lose_next(Symbol const& symbol);
  void check_prompt(Symbol const& symbol, std::chrono::seconds length);
  void wait_for_repair(std::chrono::minutes limit);
  void pass(std::chrono::nanoseconds span);
  static void check_duplicates(shard::ShardStatus const& before, shard::ShardStatus const& after,
                               std::uint64_t heard);
  [[nodiscard]] MonoTime after(std::uint64_t least_ms, std::uint64_t most_ms);

  WorldOptions options_;
  WorldPlan plan_;
  bool chaos_ = true;
  /// Symbols whose ids have started over, and the last id of their tapes.
  std::map<std::string, TradeId> ended_;
  std::uint64_t faults_ = 0;
  std::uint64_t restarts_ = 0;
};

}  // namespace k2::simulation
