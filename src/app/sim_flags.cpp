#include "app/sim_flags.hpp"

#include <CLI/CLI.hpp>

namespace k2::app {
namespace {

constexpr char const* kMore =
    "Speaks Binance's WebSocket and REST protocols on this machine, so that any client can be\n"
    "tried against it.\n"
    "\n"
    "  k2 sim --replay rec.jsonl.gz                      a recording, at its own pace\n"
    "  k2 sim --replay rec.jsonl.gz --speed max --start-when-subscribed 2 --ledger ledger.csv\n"
    "                                                    as fast as the client takes it\n"
    "  k2 sim --symbols BTCUSDT,ETHUSDT --rate 500       trades made up from --seed\n"
    "  k2 sim ... --fault 'drop at-trade=10000' --fault 'half-open every=30s on=one'\n"
    "  k2 sim ... --faults ops/faults/campaign.faults --admin-port 0\n"
    "\n"
    "The first line on stdout lists the addresses and the CA that clients must trust:\n"
    "  k2-sim ready ws=wss://127.0.0.1:PORT rest=https://127.0.0.1:PORT ca=FILE\n"
    "and `k2-sim finished published=N ...` comes when all is published. See docs/sim.md.";

void add_source_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--replay", flags.replay,
                     "Recordings to play, merged by time: '<time> <frame>' lines, combined frames "
                     "one a line, official trades CSV; plain, gzip or zstd");
  command
      .add_option("--speed", flags.speed,
                  "Recorded seconds per second, or max: as fast as the slowest client takes it")
      ->capture_default_str();
  command.add_flag("--loop", flags.loop, "Start over at the end, with continuing ids and times");
  command
      .add_option("--symbols", flags.symbols, "Symbols of the generated trades, without --replay")
      ->capture_default_str();
  command.add_option("--rate", flags.rate, "Generated trades per second, all symbols together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--burst-factor", flags.burst_factor, "Factor of the rate in a burst")
      ->check(CLI::PositiveNumber);
  command.add_option("--burst-every", flags.burst_every, "Interval between bursts")
      ->capture_default_str();
  command.add_option("--burst-length", flags.burst_length, "Duration of a burst")
      ->capture_default_str();
  command.add_option("--seed", flags.seed, "The same seed gives the same trades and faults")
      ->capture_default_str();
  command.add_option("--start-when-subscribed", flags.simulator.start_when_subscribed,
                     "Start to publish when this number of different streams is subscribed");
}

void add_exchange_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--fault", flags.faults,
                     "A fault, as in 'half-open at=30s on=one'; docs/sim.md has the table of kinds "
                     "and words");
  command.add_option("--faults", flags.faults_file, "A file of faults, one per line");
  command.add_option("--cut-after", flags.cut_after, "Maximum age of a connection")
      ->capture_default_str();
  command.add_option("--rest-weight", flags.simulator.rest.weight_max, "REST weight per minute")
      ->capture_default_str();
  command
      .add_option("--trades-kept", flags.simulator.trades_kept,
                  "Number of newest trades that REST serves")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void add_server_flags(CLI::App& command, SimFlags& flags) {
  command.add_option("--bind", flags.server.bind, "Address to listen on")->capture_default_str();
  command.add_option("--port", flags.server.port, "WebSocket port; 0 takes any that is free")
      ->capture_default_str();
  command.add_option("--rest-port", flags.server.rest_port, "REST port; 0 takes any that is free")
      ->capture_default_str();
  command.add_option("--admin-port", flags.server.admin_port,
                     "Port on 127.0.0.1 where faults begin and heal while it runs; 0 takes any "
                     "that is free");
  command.add_option(
      "--tls-dir", flags.tls_dir,
      "Where ca.pem, server.pem and server.key go; when not given, a folder that goes at the end");
  command.add_option("--tls-name", flags.server.tls_names,
                     "A further host name for the certificate, to simulate a server of that name");
  command.add_flag("--plain", flags.plain, "Serve without TLS");
  command.add_flag("--pack-records", flags.server.pack_records,
                   "Many frames per TLS record; the exchange sends one");
  command.add_option(
      "--ledger", flags.server.ledger_file,
      "Write every published trade to a new file: symbol,id,price,quantity,time_us,maker");
  command.add_flag("--exit-when-done", flags.server.exit_when_done,
                   "Exit when all is published; otherwise REST stays available");
  command.add_option("--duration", flags.duration, "Exit after this time, for example 90s");
}

}  // namespace

std::shared_ptr<SimFlags> add_sim_flags(CLI::App& command) {
  command.footer(kMore);
  auto flags = std::make_shared<SimFlags>();
  add_source_flags(command, *flags);
  add_exchange_flags(command, *flags);
  add_server_flags(command, *flags);
  return flags;
}

}  // namespace k2::app
