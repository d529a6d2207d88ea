#include "tools/soak/run/soak_run.hpp"

#include "core/duration.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/directory_lock.hpp"
#include "io/output_file.hpp"
#include "io/stop_signals.hpp"
#include "tools/soak/artifacts.hpp"
#include "tools/soak/run/progress_line.hpp"
#include "tools/soak/run/verifier.hpp"
#include "tools/soak/run/watched_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace k2::soak {
namespace {

using std::chrono::milliseconds;

constexpr char const* kRecordFile = "soak.jsonl";
/// Interval at which a stream that died, or a signal, is noticed.
constexpr milliseconds kGlance{250};
/// Failed samples that are logged one by one.
constexpr std::uint64_t kFailuresTold = 20;
/// Chosen: a repair takes seconds. What is missing behind it is missing for good.
constexpr double kRepairPatienceSeconds = 60;

double utc_seconds() {
  return Seconds{io::read_clock().utc.time_since_epoch()}.count();
}

class SoakRun {
 public:
  SoakRun(SoakOptions options, io::AppendFile file)
      : options_(std::move(options)), file_(std::move(file)) {}

  [[nodiscard]] Result<Verdict> run() {
    auto begun = options_.resume ? resume() : begin();
    if (!begun) return begun.error();
    ProgressLine progress{record_.setup.plan};
    progress.say(
        fmt::format("soak {}: {} of it pass in {}; the stream shows itself at {}/",
                    record_.setup.plan.profile, format_duration(record_.setup.plan.duration),
                    format_duration(record_.setup.plan.run_duration()), record_.setup.status_url));
    if (!ending_) {
      if (auto const watched = watch(progress); !watched) return watched.error();
      if (auto const noted = note("ending", record_.stopped_early); !noted) return noted.error();
    }
    progress.say(fmt::format("ending after {:.0f} s{}", record_.elapsed_s,
                             record_.stopped_early.empty() ? "" : ": " + record_.stopped_early));
    record_.end = stream_->finish(ending_);
    progress.say("verifying");
    record_.verified = run_verifiers(record_.setup.verify, options_.folder);
    return conclude();
  }

 private:
  [[nodiscard]] Result<void> begin() {
    Setup& setup = record_.setup;
    setup.plan = options_.plan;
    setup.version = options_.version;
    setup.verify = verify_commands(options_, io::own_program());
    auto started = WatchedStream::start(options_, setup);
    if (!started) return started.error();
    stream_ = *std::move(started);
    setup.began_at = utc_seconds();
    started_ = io::read_clock().mono;
    return file_.append(setup_line(setup));
  }

  /// Continues where another soak test ended, with the processes that it left behind.
  [[nodiscard]] Result<void> resume() {
    auto const text = io::read_file(options_.folder / kRecordFile);
    if (!text) return text.error();
    auto record = parse_record(*text);
    if (!record) return record.error();
    record_ = *std::move(record);
    for (Event const& event : record_.events) {
      if (event.what == "finished") {
        return Error{Errc::kBusy, "that soak is finished: " + event.detail};
      }
      if (event.what != "ending") continue;
      ending_ = true;
      record_.elapsed_s = event.elapsed_s;
      record_.stopped_early = event.detail;
    }
    stream_ = WatchedStream::find(options_, record_.setup);
    std::chrono::duration<double> const since{utc_seconds() - record_.setup.began_at};
    started_ = io::read_clock().mono - std::chrono::duration_cast<MonoTime::duration>(since);
    return note("resumed", fmt::format("after {} samples", record_.samples.size()));
  }

  [[nodiscard]] double elapsed() const { return Seconds{io::read_clock().mono - started_}.count(); }

  [[nodiscard]] Result<void> note(std::string what, std::string detail) {
    Event event{.elapsed_s = elapsed(),
                .at = utc_seconds(),
                .what = std::move(what),
                .detail = std::move(detail)};
    auto const written = file_.append(event_line(event));
    record_.events.push_back(std::move(event));
    return written;
  }

  [[nodiscard]] Result<void> stop_early(std::string why) {
    record_.stopped_early = why;
    return note("stopped_early", std::move(why));
  }

  /// Looks at each sample's time until the plan is done or something ends it.
  [[nodiscard]] Result<void> watch(ProgressLine& progress) {
    Plan const& plan = record_.setup.plan;
    double const whole = Seconds{plan.run_duration()}.count();
    double const every = Seconds{plan.run().sample}.count();
    double next = record_.samples.empty() ? 0 : elapsed();
    while (true) {
      record_.elapsed_s = elapsed();
      if (stream_->ended()) return stop_early("the stream ended by itself");
      if (record_.elapsed_s >= std::min(next, whole)) {
        // What a pause of this process left out is not made up for: it would be the same look.
        next = std::max(next + every, record_.elapsed_s);
        if (auto const looked = look(progress); !looked) return looked;
        if (!record_.stopped_early.empty()) return {};
      }
      if (record_.elapsed_s >= whole) return await_repair(progress);
      double const left = std::min(next, whole) - elapsed();
      auto const sleep =
          std::clamp(std::chrono::ceil<milliseconds>(Seconds{left}), milliseconds{1}, kGlance);
      if (auto const signal = signals_.wait(sleep)) {
        return stop_early(*signal == SIGINT ? "interrupted by SIGINT" : "interrupted by SIGTERM");
      }
    }
  }

  /// A hole that was just found is no open gap yet: looks on until it is filled.
  [[nodiscard]] Result<void> await_repair(ProgressLine& progress) {
    double const limit = elapsed() + kRepairPatienceSeconds;
    while (!record_.samples.empty() && record_.samples.back().missing_ids > 0) {
      if (elapsed() >= limit || stream_->ended()) return {};
      if (signals_.wait(milliseconds{1'000})) return {};
      if (auto const looked = look(progress); !looked) return looked;
      if (!record_.stopped_early.empty()) return {};
    }
    return {};
  }

  /// One sample, durable before it is judged.
  [[nodiscard]] Result<void> look(ProgressLine& progress) {
    auto sample = stream_->look();
    if (!sample) {
      // A stream that just died is noticed as such by the next glance.
      if (failures_++ >= kFailuresTold || stream_->ended()) return {};
      return note("sample_failed", sample.error().to_string());
    }
    sample->elapsed_s = elapsed();
    if (auto const written = file_.append(sample_line(*sample)); !written) return written;
    progress.show(sample->elapsed_s, *sample);
    record_.samples.push_back(*std::move(sample));
    if (auto why = reason_to_stop(record_.samples.back()); !why.empty()) {
      return stop_early(std::move(why));
    }
    return {};
  }

  [[nodiscard]] Result<Verdict> conclude() {
    Verdict verdict = judge(record_);
    auto const put = [this](std::string_view name, std::string const& text) -> Result<void> {
      auto file = io::OutputFile::open(options_.folder / name);
      if (!file) return file.error();
      if (auto const written = file->write(text); !written) return written;
      return file->commit();
    };
    auto written = put(kProfileFile, memory_profile_json(record_, verdict));
    if (written) written = put(kReportFile, report_text(record_, verdict));
    if (written) written = put(kPageFile, report_html(record_, verdict));
    if (written) written = note("finished", verdict_line(verdict));
    if (!written) return written.error();
    return verdict;
  }

  SoakOptions options_;
  io::AppendFile file_;
  io::StopSignals signals_;
  Record record_;
  std::optional<WatchedStream> stream_;
  MonoTime started_{};
  std::uint64_t failures_ = 0;
  /// Another soak test has stopped the stream.
  bool ending_ = false;
};

}  // namespace

Result<Verdict> run_soak(SoakOptions options) {
  std::error_code failed;
  std::filesystem::create_directories(options.folder, failed);
  // The children work in other folders: their paths are whole ones.
  options.folder = std::filesystem::weakly_canonical(options.folder, failed);
  auto const lock = io::DirectoryLock::acquire(options.folder);
  if (!lock) return lock.error();
  auto const path = options.folder / kRecordFile;
  bool const is_there = std::filesystem::exists(path, failed);
  if (is_there != options.resume) {
    return Error{Errc::kBusy,
                 options.resume
                     ? fmt::format("{} is not there: nothing to resume", path.string())
                     : fmt::format("{} is there already: continue with --resume, or name another "
                                   "folder with --out",
                                   path.string())};
  }
  auto file = io::AppendFile::open(path);
  if (!file) return file.error();
  auto verdict = SoakRun{std::move(options), *std::move(file)}.run();
  return verdict;
}

}  // namespace k2::soak
