#include "tools/deploy/run/deploy_run.hpp"

#include "core/duration.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/directory_lock.hpp"
#include "io/output_file.hpp"
#include "io/stop_signals.hpp"
#include "tools/deploy/report.hpp"
#include "tools/deploy/run/alerts.hpp"
#include "tools/deploy/run/compose_runtime.hpp"
#include "tools/deploy/run/process_runtime.hpp"
#include "tools/deploy/run/prover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <system_error>

namespace k2::deploy {
namespace {

using std::chrono::milliseconds;

constexpr char const* kSettingsFile = "settings.json";
constexpr char const* kProgressFile = "progress.json";
/// Interval between printed probes, while nothing is wrong.
constexpr Span kTellEvery = std::chrono::minutes{1};

Result<void> put(std::filesystem::path const& path, std::string const& text) {
  auto file = io::OutputFile::open(path);
  if (!file) return file.error();
  if (auto const written = file->write(text); !written) return written;
  return file->commit();
}

UtcTime utc_now() {
  return io::read_clock().utc;
}

std::unique_ptr<Runtime> make_runtime(Settings const& settings,
                                      std::filesystem::path const& folder) {
  if (settings.runtime == RuntimeKind::kCompose) {
    return std::make_unique<ComposeRuntime>(settings, folder);
  }
  return std::make_unique<ProcessRuntime>(settings, folder);
}

class DeployRun {
 public:
  DeployRun(RunOptions options, Kept const& kept)
      : options_(std::move(options)),
        plan_(kept.settings, kept.progress),
        runtime_(make_runtime(kept.settings, options_.folder)),
        told_(kept.progress.steps.size()) {}

  [[nodiscard]] Result<std::optional<Kept>> run() {
    Event event{Entered{}};
    if (options_.roll_back) event = RollbackAsked{};
    while (true) {
      Work const work = plan_.on(event, utc_now());
      if (auto const kept = keep(); !kept) return kept.error();
      die_in_a_drill(false);
      if (std::holds_alternative<Finish>(work)) return conclude();
      auto done = std::visit([this](auto const& one) { return perform(one); }, work);
      if (!done) return std::optional<Kept>{};
      die_in_a_drill(true);
      event = *std::move(done);
    }
  }

 private:
  /// Writes the progress to the disk before any action is taken, and prints it only then.
  [[nodiscard]] Result<void> keep() {
    Progress const& now = plan_.progress();
    if (kept_ != now) {
      auto const written = put(options_.folder / kProgressFile, progress_json(now));
      if (!written) return written;
      kept_ = now;
    }
    for (; told_ < now.steps.size(); ++told_) {
      std::cout << step_line(now.steps[told_]) << '\n' << std::flush;
    }
    if (state_told_ != now.state) {
      state_told_ = now.state;
      if (!is_final(now.state)) tell(std::string{state_meaning(now.state)});
      look_told_ = UtcTime{};
    }
    return {};
  }

  void tell(std::string text) const {
    std::cout << step_line({.at = utc_now(),
                            .state = plan_.progress().state,
                            .good = true,
                            .text = std::move(text)})
              << '\n'
              << std::flush;
  }

  void die_in_a_drill(bool after_work) const {
    auto const& kill = options_.drill_kill;
    if (!kill || kill->state != plan_.progress().state || kill->after_work != after_work) return;
    (void)::raise(SIGKILL);
  }

  // Performs the work of the plan. Returns nothing when a signal arrived.

  std::optional<Event> perform(Prepare const&) {
    auto found = runtime_->prepare();
    if (!found) return Prepared{.good = false, .detail = found.error().detail};
    Prepared prepared{.good = true, .detail = *std::move(found)};
    if (!plan_.settings().prometheus.empty()) {
      auto alerts = firing_alerts(plan_.settings().prometheus);
      if (!alerts) return Prepared{.good = false, .detail = alerts.error().to_string()};
      prepared.alerts = *std::move(alerts);
    }
    return prepared;
  }

  std::optional<Event> perform(Start const& work) {
    auto done = runtime_->start(work.side, work.shadow);
    return Started{.side = work.side,
                   .good = done.has_value(),
                   .detail = done ? *std::move(done) : done.error().to_string()};
  }

  std::optional<Event> perform(Stop const& work) {
    auto done = runtime_->stop(work.side);
    return Stopped{.side = work.side,
                   .good = done.has_value(),
                   .detail = done ? *std::move(done) : done.error().to_string()};
  }

  std::optional<Event> perform(ProbeAt const& work) {
    do {
      auto const left = std::chrono::ceil<milliseconds>(work.at - utc_now());
      if (signals_.wait(std::clamp(left, milliseconds{0}, milliseconds{250}))) {
        return std::nullopt;
      }
    } while (utc_now() < work.at);
    Probed probed{.blue = runtime_->probe(Side::kBlue), .green = runtime_->probe(Side::kGreen)};
    if (!plan_.settings().prometheus.empty()) {
      auto alerts = firing_alerts(plan_.settings().prometheus);
      if (alerts) {
        probed.alerts = *std::move(alerts);
      } else {
        probed.alerts_trouble = alerts.error().to_string();
      }
    }
    print_probe(probed);
    return probed;
  }

  std::optional<Event> perform(Prove const& work) {
    static constexpr std::array kNames{"diff", "whole", "back"};
    auto const commands = runtime_->proofs(plan_.progress(), work.check);
    auto proofs =
        prove(commands, options_.folder, kNames[static_cast<std::size_t>(work.check)], signals_);
    if (!proofs) return std::nullopt;
    return Proven{*std::move(proofs)};
  }

  std::optional<Event> perform(Finish const&) { return std::nullopt; }

  void print_probe(Probed const& probed) {
    auto const now = utc_now();
    if (now < look_told_ + std::chrono::ceil<std::chrono::microseconds>(kTellEvery)) return;
    look_told_ = now;
    auto const text = [](SideStatus const& seen) {
      return seen.probe ? probe_text(*seen.probe) : seen.trouble;
    };
    tell(fmt::format("green {}; blue {}", text(probed.green), text(probed.blue)));
  }

  [[nodiscard]] Result<std::optional<Kept>> conclude() {
    Settings const& settings = plan_.settings();
    auto written = put(options_.folder / kReportFile, report_markdown(settings, plan_.progress()));
    if (written) {
      written = put(options_.folder / kReportJsonFile, report_json(settings, plan_.progress()));
    }
    if (!written) return written.error();
    return std::optional{Kept{settings, plan_.progress()}};
  }

  io::StopSignals signals_;
  RunOptions options_;
  Plan plan_;
  std::unique_ptr<Runtime> runtime_;
  std::optional<Progress> kept_;
  std::size_t told_;
  std::optional<State> state_told_;
  UtcTime look_told_{};
};

/// Reads the topic and its partitions from the running service with compose, regardless of the
/// defaults.
Result<void> ask_service(Settings& settings, std::filesystem::path const& folder) {
  if (settings.runtime != RuntimeKind::kCompose) return {};
  auto topic = ComposeRuntime{settings, folder}.running_topic();
  if (!topic) return topic.error();
  topic->blue_is_warm = settings.topic.blue_is_warm;
  if (settings.shadow()) {
    // The shadow's name is the topic's with a suffix.
    topic->shadow = topic->name + settings.topic.shadow.substr(settings.topic.name.size());
  }
  settings.topic = *std::move(topic);
  return {};
}

/// Refuses to forget a deploy that is under way.
Result<Kept> begin(std::filesystem::path const& folder, Settings const& settings) {
  if (auto const before = read_kept(folder); before && !is_final(before->progress.state)) {
    return Error{Errc::kBusy,
                 fmt::format("{} holds a deploy that is {}: `k2 deploy resume`, or `k2 deploy "
                             "rollback`",
                             folder.string(), verdict_line(before->progress))};
  }
  std::error_code ignored;
  for (char const* old : {kProgressFile, kReportFile, kReportJsonFile, "blue.pid", "green.pid"}) {
    std::filesystem::remove(folder / old, ignored);
  }
  if (auto const written = put(folder / kSettingsFile, settings_json(settings)); !written) {
    return written.error();
  }
  return Kept{settings, {}};
}

}  // namespace

Result<Kept> read_kept(std::filesystem::path const& folder) {
  auto const settings_text = io::read_file(folder / kSettingsFile);
  if (!settings_text) return settings_text.error();
  auto settings = parse_settings(*settings_text);
  if (!settings) return settings.error();
  // Killed before its first step.
  std::error_code failed;
  if (!std::filesystem::exists(folder / kProgressFile, failed)) return Kept{*settings, {}};
  auto const text = io::read_file(folder / kProgressFile);
  if (!text) return text.error();
  auto progress = parse_progress(*text);
  if (!progress) return progress.error();
  return Kept{*std::move(settings), *std::move(progress)};
}

Result<std::optional<Kept>> run_deploy(RunOptions options) {
  std::error_code failed;
  std::filesystem::create_directories(options.folder, failed);
  options.folder = std::filesystem::weakly_canonical(options.folder, failed);
  auto const lock = io::DirectoryLock::acquire(options.folder);
  if (!lock) return lock.error();
  if (options.settings) {
    if (auto const asked = ask_service(*options.settings, options.folder); !asked) {
      return asked.error();
    }
  }
  auto kept =
      options.settings ? begin(options.folder, *options.settings) : read_kept(options.folder);
  if (!kept) return kept.error();
  return DeployRun{std::move(options), *kept}.run();
}

}  // namespace k2::deploy
