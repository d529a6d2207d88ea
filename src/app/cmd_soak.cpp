#include "app/cmd_soak.hpp"

#include "app/flags.hpp"
#include "app/soak_options.hpp"
#include "tools/soak/artifacts.hpp"
#include "tools/soak/run/soak_run.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace k2::app {
namespace {

constexpr char const* kAbout = "Run the stream for hours or days, and evaluate pass/fail criteria";

constexpr char const* kMore =
    R"(Runs `k2 stream` as a process of its own, polls it each minute, shuts it down cleanly, has the
result verified, and writes to --out:
  binance_soak_memory_profile.json   every sample, for programs
  binance_soak_test_report.txt       the verdict, criterion by criterion
  binance_soak_test_report.html      the same with plots
  soak.jsonl                         the record, durable line by line: --resume continues it
All settings of the stream are taken here as well.

  k2 soak --profile 24h --symbols BTCUSDT,ETHUSDT        the live exchange
  k2 soak --profile 1h --sim --sim-rate 1000             the exchange simulator
  k2 soak --profile 24h --compress 24 --sim              a day's rotations and pings in an hour

docs/validation.md has the criteria and how to read each file.
The verdict is PASS when every criterion is kept; FAIL when one is not; UNKNOWN when none is known
to be broken and one could not be measured: the stream's audit judged no minute, for example.
Exit code: 0 only for PASS, 1 for FAIL or an error, 2 for wrong usage, 3 for UNKNOWN.)";

/// A criterion could not be measured.
constexpr int kExitUnknown = 3;

int exit_code_of(soak::Outcome outcome) {
  switch (outcome) {
    case soak::Outcome::kPass:
      return kExitDone;
    case soak::Outcome::kUnknown:
      return kExitUnknown;
    case soak::Outcome::kFail:
      break;
  }
  return kExitFailed;
}

int run(Flags const& flags, SoakFlags const& soak_flags) {
  auto const resolved = load_config(flags);
  if (!resolved) return kExitUsage;
  print_warnings(*resolved, "k2 soak");
  auto options = soak_options(flags, resolved->config, soak_flags);
  if (!options) {
    std::cerr << "k2 soak: " << options.error().detail << '\n';
    return kExitUsage;
  }
  auto const folder = options->folder;
  auto const verdict = soak::run_soak(*std::move(options));
  if (!verdict) {
    std::cerr << "k2 soak: " << verdict.error().to_string() << '\n';
    return kExitFailed;
  }
  for (soak::Criterion const& one : verdict->criteria) {
    std::cout << soak::outcome_name(one) << ' ' << one.name << ": " << one.measured << " (limit "
              << one.limit << ")\n";
  }
  std::cout << soak::verdict_line(*verdict) << "\n"
            << (folder / soak::kReportFile).string() << '\n';
  return exit_code_of(verdict->outcome());
}

}  // namespace

void add_soak(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("soak", kAbout);
  command->footer(kMore);
  // `duration` is the soak's own word here; the log's format is what the soak reads.
  auto const flags = add_setting_flags_but(*command, {"duration", "log.format"});
  auto const soak_flags = std::make_shared<SoakFlags>();
  command
      ->add_option("--profile,--duration", soak_flags->duration,
                   "Duration in the system's time: 1h, 12h, 24h, 7d or any other")
      ->capture_default_str();
  command
      ->add_option("--compress", soak_flags->compress,
                   "Divide every period of the system by N: a day's events take a day / N")
      ->capture_default_str();
  command->add_option("--out", soak_flags->folder, "Directory of all results")
      ->capture_default_str();
  command->add_flag("--resume", soak_flags->resume, "Continue the interrupted soak in --out");
  command
      ->add_option("--stream-program", soak_flags->stream_program,
                   "The k2 whose stream is tested, instead of this one")
      ->check(CLI::ExistingFile);
  auto* const sim = command->add_flag("--sim", soak_flags->sim, "Start an exchange simulator");
  command->add_option("--sim-rate", soak_flags->rate, "Trades per second of the simulator")
      ->needs(sim)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--sim-seed", soak_flags->seed, "Seed of the simulator's trades and faults")
      ->needs(sim)
      ->capture_default_str();
  command->add_option("--sim-fault", soak_flags->faults, "A fault, as described in docs/sim.md")
      ->needs(sim);
  command->add_option("--sim-faults", soak_flags->faults_file, "A file of faults")
      ->needs(sim)
      ->check(CLI::ExistingFile);
  command->callback([flags, soak_flags, &exit_code] { exit_code = run(*flags, *soak_flags); });
}

}  // namespace k2::app
