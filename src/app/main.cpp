// The program: its subcommands, its help, its exit codes. Everything else is in cmd_X.cpp.
#include "app/cmd_check.hpp"
#include "app/cmd_config.hpp"
#include "app/cmd_ctl.hpp"
#include "app/cmd_deploy.hpp"
#include "app/cmd_export.hpp"
#include "app/cmd_gaps.hpp"
#include "app/cmd_manual.hpp"
#include "app/cmd_metrics.hpp"
#include "app/cmd_report.hpp"
#include "app/cmd_sim.hpp"
#include "app/cmd_soak.hpp"
#include "app/cmd_stream.hpp"
#include "app/cmd_verify.hpp"
#include "app/flags.hpp"
#include "app/version.hpp"
#include "io/log.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

namespace {

constexpr char const* kAbout =
    "K2 records every trade that Binance publishes, exactly once and in order, and proves it.\n"
    "\n"
    "First steps:\n"
    "  k2 check --symbols BTCUSDT,ETHUSDT      preflight checks\n"
    "  k2 stream --symbols BTCUSDT,ETHUSDT     record into ./k2-data until Ctrl-C\n"
    "  k2 verify --data-dir ./k2-data          prove that nothing is missing or doubled\n"
    "  k2 config                               every setting, its value, where it came from\n"
    "\n"
    "Settings come from flags, then the environment (K2_...), then a TOML file (--config, \n"
    "K2_CONFIG or ./k2.toml), then defaults; the first that names a value wins.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; commands with more say so.";

/// True when everything that was printed has reached standard output.
bool is_printed() {
  std::cout.flush();
  return std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

int run(int argc, char** argv) {
  int exit_code = k2::app::kExitDone;
  CLI::App app{kAbout, "k2"};
  app.set_version_flag("--version", k2::app::version_text());
  app.require_subcommand(0, 1);
  // One line a subcommand.
  k2::app::add_stream(app, exit_code);
  k2::app::add_check(app, exit_code);
  k2::app::add_config(app, exit_code);
  k2::app::add_sim(app, exit_code);
  k2::app::add_verify(app, exit_code);
  k2::app::add_soak(app, exit_code);
  k2::app::add_export(app, exit_code);
  k2::app::add_gaps(app, exit_code);
  k2::app::add_metrics(app);
  k2::app::add_manual(app);
  k2::app::add_ctl(app, exit_code);
  k2::app::add_report(app, exit_code);
  k2::app::add_deploy(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << k2::app::explain_usage(app, error);
    return k2::app::kExitUsage;
  }
  if (app.get_subcommands().empty()) {
    std::cerr << app.help() << "\nk2: name a command\n";
    return k2::app::kExitUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  // A peer or a log reader that went away is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  int exit_code = k2::app::kExitFailed;
  try {
    exit_code = run(argc, argv);
  } catch (std::exception const& failure) {
    std::cerr << "k2: " << failure.what() << '\n';
  }
  // The output is incomplete: a full disk or a closed pipe behind standard output.
  if (exit_code == k2::app::kExitDone && !is_printed()) {
    std::cerr << "k2: standard output could not be written; the output is incomplete\n";
    exit_code = k2::app::kExitFailed;
  }
  k2::io::stop_log();
  return exit_code;
}
