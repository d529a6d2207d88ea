// The command line of `k2 sim`, as it was typed: what it means is cmd_sim's.
#pragma once

#include "tools/sim/server/sim_server.hpp"
#include "tools/sim/simulator.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace k2::app {

/// Spans are texts such as 250ms, 30s or 24h; `speed` is a number or max.
struct SimFlags {
  std::vector<std::string> replay;
  std::string speed = "1";
  bool loop = false;
  std::string symbols = "BTCUSDT,ETHUSDT";
  double rate = 100;
  double burst_factor = 1;
  std::string burst_every = "10s";
  std::string burst_length = "500ms";
  std::uint64_t seed = 1;
  std::string faults_file;
  std::vector<std::string> faults;
  std::string tls_dir;
  bool plain = false;
  std::string duration;
  std::string cut_after = "24h";
  sim::SimulatorOptions simulator;
  sim::SimServerOptions server;
};

/// Adds the flags and the help of `k2 sim` to its subcommand; what is parsed lands in the result.
[[nodiscard]] std::shared_ptr<SimFlags> add_sim_flags(CLI::App& command);

}  // namespace k2::app
