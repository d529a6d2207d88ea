#include "app/cmd_deploy.hpp"

#include "app/deploy_options.hpp"
#include "app/flags.hpp"
#include "tools/deploy/report.hpp"
#include "tools/deploy/run/deploy_run.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace k2::app {
namespace {

constexpr int kExitRolledBack = 3;
constexpr int kExitNeedsAHand = 4;
/// Deployed, and nobody knows whether an alert fired meanwhile.
constexpr int kExitAlertsUnknown = 5;

constexpr char const* kAbout =
    "Replace the running version (blue) by a new one (green), with a verified cutover and "
    "automatic "
    "rollback";

constexpr char const* kMore =
    R"(Green starts alongside blue, both record everything for a while, their records are compared by
id, blue drains and leaves, green is watched and the whole time verified. Any check that fails
brings blue back automatically. Each state is on the disk before anything is done: after a kill -9
  k2 deploy resume     continues an interrupted deploy
  k2 deploy rollback   goes back to blue, also after a completed deploy
  k2 deploy status     shows its state
The folder --out gets report.md and report.json, both logs and the result of `k2 verify`.
docs/deployment.md has the states, the checks and what each costs.

  k2 deploy --blue-config blue.toml --green-config green.toml --green-program ./k2-new --dry-run

Exit code: 0 deployed, 3 rolled back and blue verified, 4 manual intervention required, 5 deployed
while alerts were UNKNOWN (--prometheus did not answer); 1 refused before anything was touched, or
the tool was ended (resume or roll back), 2 for wrong usage.)";

struct Arguments {
  DeployFlags flags;
  bool dry_run = false;
  bool json = false;
  bool allow_drills = false;
  std::string drill_kill;
};

int exit_code_of(deploy::Progress const& progress) {
  switch (progress.state) {
    case deploy::State::kDone:
      return progress.watched.alerts_unknown.empty() ? kExitDone : kExitAlertsUnknown;
    case deploy::State::kRolledBack:
      return kExitRolledBack;
    case deploy::State::kFailed:
      return kExitNeedsAHand;
    default:
      return kExitFailed;
  }
}

int complain(Error const& error) {
  std::cerr << "k2 deploy: " << error.detail << '\n';
  return error.code == Errc::kConfigInvalid ? kExitUsage : kExitFailed;
}

int show_status(Arguments const& arguments) {
  auto const kept = deploy::read_kept(arguments.flags.out);
  if (!kept) return complain(kept.error());
  std::cout << (arguments.json ? deploy::report_json(kept->settings, kept->progress)
                               : deploy::report_markdown(kept->settings, kept->progress));
  return kExitDone;
}

/// "before:dual", "after:cutting".
Result<std::optional<deploy::DrillKill>> read_drill(Arguments const& arguments) {
  std::string const& text = arguments.drill_kill;
  if (text.empty()) return std::optional<deploy::DrillKill>{};
  auto const colon = text.find(':');
  auto const state = deploy::find_state(colon == text.npos ? "" : text.substr(colon + 1));
  bool const after = text.starts_with("after:");
  if (!arguments.allow_drills || !state || (!after && !text.starts_with("before:"))) {
    return Error{Errc::kConfigInvalid,
                 "--drill-kill takes before:STATE or after:STATE, with --allow-drills"};
  }
  return std::optional{deploy::DrillKill{*state, after}};
}

int run(Arguments const& arguments, std::string const& word) {
  if (word == "status") return show_status(arguments);
  deploy::RunOptions options{.folder = arguments.flags.out,
                             .settings = {},
                             .roll_back = word == "rollback",
                             .drill_kill = {}};
  auto const drill = read_drill(arguments);
  if (!drill) return complain(drill.error());
  options.drill_kill = *drill;
  if (word.empty()) {
    auto settings = deploy_settings(arguments.flags);
    if (!settings) return complain(settings.error());
    if (arguments.dry_run) {
      std::cout << deploy::paper_text(*settings);
      return kExitDone;
    }
    options.settings = *std::move(settings);
  }
  auto const folder = options.folder;
  auto const ended = deploy::run_deploy(std::move(options));
  if (!ended) return complain(ended.error());
  if (!*ended) {
    std::cout << "stopped; blue and green keep running: k2 deploy resume --out " << folder.string()
              << ", or rollback\n";
    return kExitFailed;
  }
  std::cout << deploy::verdict_line((*ended)->progress) << '\n'
            << (folder / deploy::kReportFile).string() << '\n';
  return exit_code_of((*ended)->progress);
}

void add_period_flags(CLI::App& command, DeployFlags& flags) {
  auto const add = [&command](char const* name, std::string& text, char const* meaning) {
    command.add_option(name, text, meaning)->capture_default_str();
  };
  add("--ready", flags.ready, "Time limit for green to be ready, and for blue after a rollback");
  add("--dual", flags.dual, "Duration of dual operation");
  add("--stop", flags.stop, "Time limit for draining, after which a side is killed");
  add("--takeover", flags.takeover, "Time limit for green to take over everything from blue");
  add("--validate", flags.validate, "Time that green is watched alone");
  add("--look", flags.look, "Poll interval");
  add("--settle", flags.settle, "Maximum delay of a trade; comparisons end this long ago");
  add("--grace", flags.grace, "Grace period for transient failures");
  command
      .add_option("--memory-growth-max-mb", flags.limits.memory_growth_mb,
                  "Limit of the growth of green's memory since it settled")
      ->capture_default_str();
  command.add_option("--lag-max-s", flags.limits.lag_s, "Limit of Kafka's lag behind green")
      ->capture_default_str();
}

void add_container_flags(CLI::App& command, DeployFlags& flags) {
  command
      .add_option(
          "--runtime", flags.runtime,
          "The runtime of both sides: processes of this machine, or containers of compose.yml")
      ->check(CLI::IsMember({"process", "compose"}))
      ->capture_default_str();
  command.add_option("--green-image", flags.containers.image, "With compose: green's image");
  command
      .add_option("--image-from", flags.containers.from, "With compose: how to get the image first")
      ->check(CLI::IsMember({"build", "pull"}));
  command
      .add_option("--service", flags.containers.service, "With compose: the service that is scaled")
      ->capture_default_str();
  command.add_option("--compose-flags", flags.compose_flags,
                     "Flags of compose itself, separated by blanks: --env-file F -f G");
}

}  // namespace

void add_deploy(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("deploy", kAbout);
  command->footer(kMore);
  auto const arguments = std::make_shared<Arguments>();
  DeployFlags& flags = arguments->flags;
  command->add_option("--out", flags.out, "Directory of the state and the report")
      ->capture_default_str();
  command->add_option("--blue-config", flags.blue_config, "The settings of blue")
      ->check(CLI::ExistingFile);
  command->add_option("--blue-program", flags.blue_program, "Its executable (default: this one)")
      ->check(CLI::ExistingFile);
  command->add_option("--green-config", flags.green_config, "The settings of green")
      ->check(CLI::ExistingFile);
  command->add_option("--green-program", flags.green_program, "Its executable (default: this one)")
      ->check(CLI::ExistingFile);
  command->add_flag("--shadow", flags.shadow,
                    "Let green deliver into a topic of its own until it is verified");
  add_container_flags(*command, flags);
  add_period_flags(*command, flags);
  command->add_option("--prometheus", flags.prometheus,
                      "URL of a Prometheus whose new alerts count as failures");
  command->add_flag("--dry-run", arguments->dry_run, "Print the plan with all periods");
  command->add_flag("--json", arguments->json, "With status: print one JSON object");
  command->add_flag("--allow-drills", arguments->allow_drills, "Allow --drill-kill");
  command->add_option("--drill-kill", arguments->drill_kill,
                      "kill -9 of the tool, before:STATE or after:STATE. Only in drills");
  command->require_subcommand(0, 1);
  for (auto const& [word, meaning] : {std::pair{"resume", "Continue the deploy in --out"},
                                      {"rollback", "Roll back to blue"},
                                      {"status", "Show the state of the deploy"}}) {
    command->add_subcommand(word, meaning)->fallthrough();
  }
  command->callback([command, arguments, &exit_code] {
    auto const words = command->get_subcommands();
    exit_code = run(*arguments, words.empty() ? "" : words.front()->get_name());
  });
}

}  // namespace k2::app
