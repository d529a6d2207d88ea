#include "tools/deploy/run/process_runtime.hpp"

#include "core/duration.hpp"
#include "io/admin_socket.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/directory_writer.hpp"
#include "io/output_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <system_error>

namespace k2::deploy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kVersionPatience{10'000};
/// The kernel needs a moment to take a killed process away.
constexpr milliseconds kKillPatience{10'000};

Result<void> write_file(std::filesystem::path const& path, std::string const& text) {
  auto file = io::OutputFile::open(path);
  if (!file) return file.error();
  if (auto const written = file->write(text); !written) return written;
  return file->commit();
}

}  // namespace

ProcessRuntime::ProcessRuntime(Settings settings, std::filesystem::path folder)
    : settings_(std::move(settings)), folder_(std::move(folder)) {}

Instance const& ProcessRuntime::instance(Side side) const {
  return side == Side::kBlue ? settings_.blue : settings_.green;
}

std::filesystem::path ProcessRuntime::file(Side side, char const* extension) const {
  return folder_ / fmt::format("{}.{}", side_name(side), extension);
}

/// Returns the process of that side, if it runs: the one that was started here. If another one was
/// quicker, or its mark was never written, it is the one that writes the data directory.
io::ChildProcess* ProcessRuntime::find(Side side) {
  auto& process = processes_[static_cast<std::size_t>(side)];
  if (process && !process->wait(milliseconds{0})) return &*process;
  if (!process) {
    auto const text = io::read_file(file(side, "pid"));
    auto const mark = nlohmann::json::parse(text ? *text : "", nullptr, false);
    if (mark.is_object()) {
      process = io::ChildProcess::find(mark.value("pid", 0),
                                       mark.value("started_ticks", std::uint64_t{0}));
      if (process && !process->wait(milliseconds{0})) return &*process;
    }
  }
  auto writer = io::find_writer(instance(side).data_dir);
  if (!writer) return nullptr;
  process = std::move(writer);
  // Only for the reader of the folder, and quicker to find next time.
  (void)write_mark(side, *process);
  return &*process;
}

Result<void> ProcessRuntime::write_mark(Side side, io::ChildProcess const& process) const {
  nlohmann::json const mark{{"pid", process.pid()}, {"started_ticks", process.started_ticks()}};
  return write_file(file(side, "pid"), mark.dump() + "\n");
}

Result<std::string> ProcessRuntime::version_of(std::string const& program) const {
  auto const output = folder_ / "version.txt";
  std::error_code ignored;
  std::filesystem::remove(output, ignored);
  auto child = io::ChildProcess::start({program, "--version"}, output);
  if (!child) return child.error();
  if (!child->wait(kVersionPatience)) {
    child->signal(SIGKILL);
    return Error{Errc::kTimeout, program + " --version does not end"};
  }
  auto const text = io::read_file(output);
  if (!text) return text.error();
  if (child->exit_code() != 0) {
    return Error{Errc::kConfigInvalid, fmt::format("{} --version: {}", program, *text)};
  }
  return text->substr(0, text->find('\n'));
}

Result<std::string> ProcessRuntime::prepare() {
  auto const blue_version = version_of(settings_.blue.program);
  if (!blue_version) return blue_version.error();
  auto const green_version = version_of(settings_.green.program);
  if (!green_version) return green_version.error();
  auto const* const blue = find(Side::kBlue);
  if (blue == nullptr) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("blue does not run: nothing records into {}; begin it first: {}",
                             settings_.blue.data_dir,
                             fmt::join(start_command(settings_, Side::kBlue, false), " "))};
  }
  if (auto const* const green = find(Side::kGreen)) {
    return Error{Errc::kBusy,
                 fmt::format("the process with pid {} records into green's data directory {}",
                             green->pid(), settings_.green.data_dir)};
  }
  auto const seen = probe(Side::kBlue);
  if (!seen.probe) {
    return Error{Errc::kBusy, fmt::format("blue, pid {}: {}", blue->pid(), seen.trouble)};
  }
  std::error_code ignored;
  bool const is_new = !std::filesystem::exists(settings_.green.data_dir, ignored);
  return fmt::format("blue is pid {}, {} ({}); green will be {}, its data directory {}",
                     blue->pid(), seen.probe->version, probe_text(*seen.probe), *green_version,
                     is_new ? "is new" : "is there already");
}

Result<std::string> ProcessRuntime::start(Side side, bool shadow) {
  if (auto const* const running = find(side)) return fmt::format("runs, pid {}", running->pid());
  auto const command = start_command(settings_, side, shadow);
  auto child = io::ChildProcess::start(command, file(side, "log"));
  if (!child) return child.error();
  auto text = fmt::format("started, pid {}: {}", child->pid(), fmt::join(command, " "));
  auto& process = processes_[static_cast<std::size_t>(side)];
  process = *std::move(child);
  if (auto const written = write_mark(side, *process); !written) return written.error();
  return text;
}

Result<std::string> ProcessRuntime::stop(Side side) {
  auto* const process = find(side);
  if (process == nullptr) return std::string{"is gone"};
  auto const begun = io::read_clock().mono;
  auto const taken = [begun] {
    return std::chrono::duration<double>{io::read_clock().mono - begun}.count();
  };
  process->signal(SIGTERM);
  if (process->wait(std::chrono::ceil<milliseconds>(settings_.periods.stop))) {
    return fmt::format("pid {} has drained and left in {:.1f} s", process->pid(), taken());
  }
  process->signal(SIGKILL);
  if (process->wait(kKillPatience)) {
    return fmt::format("pid {} did not leave in {} and was killed", process->pid(),
                       format_duration(settings_.periods.stop));
  }
  return Error{Errc::kTimeout, fmt::format("pid {} cannot be killed", process->pid())};
}

/// Returns the reason of its end, as far as its log shows it.
std::string ProcessRuntime::end_of(Side side) const {
  constexpr std::size_t kTail = 300;
  auto const& process = processes_[static_cast<std::size_t>(side)];
  std::string code = process && process->exit_code()
                         ? fmt::format("exit code {}", *process->exit_code())
                         : std::string{"it does not run"};
  auto const log = io::read_file(file(side, "log"));
  if (!log || log->empty()) return code;
  auto const end = log->find_last_not_of('\n');
  auto const line = log->rfind('\n', end) + 1;  // npos + 1 is 0
  return fmt::format("{}; its last words: {}", code,
                     log->substr(line, std::min(kTail, end + 1 - line)));
}

SideStatus ProcessRuntime::probe(Side side) {
  if (find(side) == nullptr) return {.running = false, .probe = {}, .trouble = end_of(side)};
  auto const status = io::ask_admin(instance(side).data_dir, "status");
  if (!status) return {.running = true, .probe = {}, .trouble = status.error().detail};
  auto probe = read_probe(*status);
  if (!probe) return {.running = true, .probe = {}, .trouble = probe.error().to_string()};
  return {.running = true, .probe = *std::move(probe), .trouble = {}};
}

std::vector<ProofCommand> ProcessRuntime::proofs(Progress const& progress, Check check) {
  return proof_commands(settings_, progress, check, io::own_program());
}

}  // namespace k2::deploy
