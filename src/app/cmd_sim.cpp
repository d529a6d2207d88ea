#include "app/cmd_sim.hpp"

#include "app/flags.hpp"
#include "app/setting_value.hpp"
#include "app/sim_flags.hpp"
#include "io/clock.hpp"
#include "tools/sim/fault_words.hpp"
#include "tools/sim/generator.hpp"
#include "tools/sim/replay.hpp"
#include "tools/sim/server/file_lines.hpp"
#include "tools/sim/server/sim_server.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace k2::app {
namespace {

// Lines of each recording that are read ahead to learn its symbols.
constexpr std::size_t kLearnLines = 20'000;

std::chrono::nanoseconds span_of(std::string const& text) {
  return sim::parse_span(text).value();
}

std::chrono::milliseconds ms_of(std::string const& text) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span_of(text));
}

double speed_of(std::string const& text) {
  char const* const end = text.data() + text.size();
  double speed = 0;
  auto const [stopped, failure] = std::from_chars(text.data(), end, speed);
  if (failure != std::errc{} || stopped != end || !std::isfinite(speed) || speed <= 0) {
    throw std::runtime_error("--speed: '" + text + "' is neither a number above 0 nor max");
  }
  return speed;
}

std::vector<sim::FaultSpec> read_faults(SimFlags const& flags) {
  std::vector<sim::FaultSpec> specs;
  if (!flags.faults_file.empty()) {
    std::ifstream file{flags.faults_file};
    if (!file) throw std::runtime_error("--faults: cannot read " + flags.faults_file);
    std::ostringstream text;
    text << file.rdbuf();
    auto parsed = sim::parse_faults(text.str());
    if (!parsed) throw std::runtime_error("--faults " + parsed.error().detail);
    specs = std::move(*parsed);
  }
  for (std::string const& fault : flags.faults) specs.push_back(sim::parse_fault(fault).value());
  return specs;
}

sim::GeneratorOptions generator_options(SimFlags const& flags) {
  sim::GeneratorOptions options;
  for (std::string_view const name : split_list(flags.symbols)) {
    options.symbols.push_back(Symbol::parse(name).value());
  }
  if (options.symbols.empty()) throw std::runtime_error("--symbols: name at least one symbol");
  options.rate = flags.rate;
  options.burst = {ms_of(flags.burst_every), ms_of(flags.burst_length), flags.burst_factor};
  options.seed = flags.seed;
  options.start = io::read_clock().utc;
  return options;
}

std::unique_ptr<sim::Source> make_source(SimFlags const& flags, SymbolTable& symbols) {
  if (!flags.replay.empty()) {
    std::vector<std::unique_ptr<sim::Lines>> files;
    files.reserve(flags.replay.size());
    for (std::string const& path : flags.replay) {
      files.push_back(std::make_unique<sim::FileLines>(io::LineFile::open(path).value()));
    }
    auto replay = std::make_unique<sim::Replay>(std::move(files), flags.loop, symbols);
    replay->learn_symbols(kLearnLines);
    return replay;
  }
  return std::make_unique<sim::Generator>(generator_options(flags), symbols);
}

// The folder of the certificates: the requested one, or one that is deleted when the run ends.
class TlsFolder {
 public:
  explicit TlsFolder(std::string const& asked_for) : path_(asked_for), owned_(asked_for.empty()) {
    if (owned_) {
      path_ = (std::filesystem::temp_directory_path() / "k2-sim-XXXXXX").string();
      if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
    }
    std::filesystem::create_directories(path_);
  }
  TlsFolder(TlsFolder const&) = delete;
  TlsFolder& operator=(TlsFolder const&) = delete;
  ~TlsFolder() {
    std::error_code ignored;
    if (owned_) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
  bool owned_;
};

void print_ready(sim::SimServer const& server, SimFlags const& flags) {
  std::string const host = flags.server.bind.find(':') == std::string::npos
                               ? flags.server.bind
                               : "[" + flags.server.bind + "]";
  std::printf("k2-sim ready ws=%s://%s:%u rest=%s://%s:%u", flags.plain ? "ws" : "wss",
              host.c_str(), unsigned{server.port()}, flags.plain ? "http" : "https", host.c_str(),
              unsigned{server.rest_port()});
  if (!flags.plain) std::printf(" ca=%s", server.ca_file().c_str());
  if (server.admin_port() != 0) {
    std::printf(" admin=http://127.0.0.1:%u", unsigned{server.admin_port()});
  }
  std::printf("\n");
  std::fflush(stdout);
}

sim::SimulatorOptions simulator_options(SimFlags const& flags) {
  sim::SimulatorOptions simulator = flags.simulator;
  simulator.faults = read_faults(flags);
  simulator.seed = flags.seed;
  simulator.keep_ledger = !flags.server.ledger_file.empty();
  simulator.exchange.lifetime = ms_of(flags.cut_after);
  simulator.speed.reset();
  if (flags.speed != "max") simulator.speed = speed_of(flags.speed);
  return simulator;
}

sim::SimServerOptions server_options(SimFlags const& flags) {
  sim::SimServerOptions options = flags.server;
  options.wait_for_clients = flags.speed == "max";
  if (!flags.duration.empty()) options.duration = ms_of(flags.duration);
  return options;
}

int run(SimFlags const& flags, sim::SimulatorOptions const& simulator_options,
        sim::SimServerOptions server_options) {
  SymbolTable symbols;
  auto const source = make_source(flags, symbols);
  if (auto const known = sim::check_symbols(simulator_options.faults, symbols); !known) {
    std::cerr << "k2 sim: --fault " << known.error().detail << '\n';
    return kExitUsage;
  }
  std::optional<TlsFolder> folder;
  if (!flags.plain) folder.emplace(flags.tls_dir);
  if (folder) server_options.tls_dir = folder->path();
  sim::Simulator simulator{simulator_options, symbols, *source};
  sim::SimServer server{server_options, simulator};
  (void)server.open().value();
  print_ready(server, flags);
  (void)server.run().value();
  return kExitDone;
}

int cmd_sim(SimFlags const& flags) {
  sim::SimulatorOptions simulator;
  sim::SimServerOptions server;
  try {
    simulator = simulator_options(flags);
    server = server_options(flags);
    (void)generator_options(flags);
  } catch (std::exception const& wrong) {
    std::cerr << "k2 sim: " << wrong.what() << '\n';
    return kExitUsage;
  }
  return run(flags, simulator, server);
}

}  // namespace

void add_sim(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand(
      "sim", "Run the exchange simulator: recorded or generated trades, and faults");
  auto const flags = add_sim_flags(*command);
  command->callback([flags, &exit_code] { exit_code = cmd_sim(*flags); });
}

}  // namespace k2::app
