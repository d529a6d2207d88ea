#include "app/cmd_sim.hpp"

#include "app/flags.hpp"
#include "app/setting_value.hpp"
#include "io/clock.hpp"
#include "io/throwaway_ca.hpp"
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

constexpr char const* kAbout = "Stand in for the exchange: recorded or made-up trades, and faults";

constexpr char const* kMore =
    "Speaks Binance's WebSocket and REST protocols on this machine, so that any client can be\n"
    "tried against it.\n"
    "\n"
    "  k2 sim --replay rec.jsonl.gz                      a recording, at its own pace\n"
    "  k2 sim --replay rec.jsonl.gz --speed max --start-when-subscribed 2 --ledger ledger.csv\n"
    "                                                    as fast as the client takes it\n"
    "  k2 sim --symbols BTCUSDT,ETHUSDT --rate 500       trades made up from --seed\n"
    "  k2 sim ... --fault 'drop at-trade=10000' --fault 'lose every=30s frames=50'\n"
    "\n"
    "The first line on stdout tells the addresses and the CA that clients must trust:\n"
    "  k2-sim ready ws=wss://127.0.0.1:PORT rest=https://127.0.0.1:PORT ca=FILE\n"
    "and `k2-sim finished published=N ...` comes when all is published. docs/sim.md says more.";

// What the command line said.
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
  sim::BoxOptions box;
  sim::SimServerOptions server;
};

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

std::unique_ptr<sim::Source> make_source(SimFlags const& flags, SymbolTable& symbols) {
  if (!flags.replay.empty()) {
    std::vector<std::unique_ptr<sim::Lines>> files;
    for (std::string const& path : flags.replay) {
      files.push_back(std::make_unique<sim::FileLines>(io::LineFile::open(path).value()));
    }
    auto replay = std::make_unique<sim::Replay>(std::move(files), flags.loop, symbols);
    replay->learn_symbols(kLearnLines);
    return replay;
  }
  sim::GeneratorOptions options;
  for (std::string_view const name : split_list(flags.symbols)) {
    options.symbols.push_back(Symbol::parse(name).value());
  }
  if (options.symbols.empty()) throw std::runtime_error("--symbols: name at least one symbol");
  options.rate = flags.rate;
  options.burst = {ms_of(flags.burst_every), ms_of(flags.burst_length), flags.burst_factor};
  options.seed = flags.seed;
  options.start = io::read_clock().utc;
  return std::make_unique<sim::Generator>(options, symbols);
}

// The CA's file; empty without TLS.
std::string prepare_tls(SimFlags const& flags, sim::SimServerOptions& server) {
  if (flags.plain) return {};
  std::string folder = flags.tls_dir;
  if (folder.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "k2-sim-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    folder = pattern;
  }
  std::filesystem::create_directories(folder);
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  if (server.bind != "127.0.0.1" && server.bind != "::1") names.push_back(server.bind);
  io::ThrowawayCa const files = io::make_throwaway_ca(folder, names).value();
  server.certificate_file = files.certificate_file;
  server.key_file = files.key_file;
  return files.ca_file;
}

void print_ready(sim::SimServer const& server, SimFlags const& flags, std::string const& ca) {
  std::string const host = flags.server.bind.find(':') == std::string::npos
                               ? flags.server.bind
                               : "[" + flags.server.bind + "]";
  std::printf("k2-sim ready ws=%s://%s:%u rest=%s://%s:%u", flags.plain ? "ws" : "wss",
              host.c_str(), unsigned{server.port()}, flags.plain ? "http" : "https", host.c_str(),
              unsigned{server.rest_port()});
  if (!ca.empty()) std::printf(" ca=%s", ca.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

int cmd_sim(SimFlags flags) {
  std::optional<sim::BoxOptions> box_options;
  try {
    sim::BoxOptions box = flags.box;
    box.faults = read_faults(flags);
    box.seed = flags.seed;
    box.keep_ledger = !flags.server.ledger_file.empty();
    box.exchange.lifetime = ms_of(flags.cut_after);
    if (flags.speed == "max") {
      box.speed.reset();
      flags.server.wait_for_clients = true;
    } else {
      box.speed = speed_of(flags.speed);
    }
    if (!flags.duration.empty()) flags.server.duration = ms_of(flags.duration);
    box_options = box;
  } catch (std::exception const& wrong) {
    std::cerr << "k2 sim: " << wrong.what() << '\n';
    return kExitUsage;
  }
  SymbolTable symbols;
  auto const source = make_source(flags, symbols);
  std::string const ca = prepare_tls(flags, flags.server);
  sim::Box box{*box_options, symbols, *source};
  sim::SimServer server{flags.server, box};
  (void)server.open().value();
  print_ready(server, flags, ca);
  (void)server.run().value();
  return kExitDone;
}

void add_source_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--replay", flags.replay,
                     "Recordings to play, merged by time: '<time> <frame>' lines, combined frames "
                     "one a line, official trades CSV; plain, gzip or zstd");
  command
      .add_option("--speed", flags.speed,
                  "Recorded seconds per second, or max: as fast as the slowest client takes it")
      ->capture_default_str();
  command.add_flag("--loop", flags.loop, "Start over at the end, with ids and times carried on");
  command.add_option("--symbols", flags.symbols, "Symbols to make trades up for, without --replay")
      ->capture_default_str();
  command.add_option("--rate", flags.rate, "Made-up trades per second, all symbols together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--burst-factor", flags.burst_factor, "By how much the rate rises in a burst")
      ->check(CLI::PositiveNumber);
  command.add_option("--burst-every", flags.burst_every, "How often a burst comes")
      ->capture_default_str();
  command.add_option("--burst-length", flags.burst_length, "How long a burst lasts")
      ->capture_default_str();
  command.add_option("--seed", flags.seed, "The same seed gives the same trades and faults")
      ->capture_default_str();
  command.add_option("--start-when-subscribed", flags.box.start_when_subscribed,
                     "Begin to publish when so many different streams are subscribed");
}

void add_exchange_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--fault", flags.faults,
                     "A fault: drop, lose, duplicate, reorder or rest-down with at=, at-trade=, "
                     "every=, every-trades=, for=, frames=, probability=, stream=, on=, how=, "
                     "status=");
  command.add_option("--faults", flags.faults_file, "A file of faults, one a line");
  command.add_option("--cut-after", flags.cut_after, "How long a connection may last")
      ->capture_default_str();
  command.add_option("--rest-weight", flags.box.rest.weight_max, "REST weight per minute")
      ->capture_default_str();
  command.add_option("--trades-kept", flags.box.trades_kept, "Trades that REST remembers")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void add_server_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--bind", flags.server.bind, "Address to listen on")->capture_default_str();
  command.add_option("--port", flags.server.port, "WebSocket port; 0 takes any that is free")
      ->capture_default_str();
  command.add_option("--rest-port", flags.server.rest_port, "REST port; 0 takes any that is free")
      ->capture_default_str();
  command.add_option("--tls-dir", flags.tls_dir,
                     "Where ca.pem, server.pem and server.key go; a new folder when not given");
  command.add_flag("--plain", flags.plain, "No TLS");
  command.add_flag("--pack-records", flags.server.pack_records,
                   "Many frames per TLS record; the exchange sends one");
  command.add_option("--ledger", flags.server.ledger_file,
                     "Write every published trade here: symbol,id,price,quantity,time_us,maker");
  command.add_flag("--exit-when-done", flags.server.exit_when_done,
                   "Exit when all is published; else REST goes on");
  command.add_option("--duration", flags.duration, "Exit after so long, as in 90s");
}

}  // namespace

void add_sim(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("sim", kAbout);
  command->footer(kMore);
  auto const flags = std::make_shared<SimFlags>();
  add_source_flags(*command, *flags);
  add_exchange_flags(*command, *flags);
  add_server_flags(*command, *flags);
  command->callback([flags, &exit_code] { exit_code = cmd_sim(*flags); });
}

}  // namespace k2::app
