// The execution of a deployment: performs the plan's work, one item at a time, each time after the
// plan's progress is on the disk; prints every step. One thread, which sleeps most of the time.
#pragma once

#include "tools/deploy/plan.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace k2::deploy {

/// The point at which a drill kills the tool, as kill -9 would.
struct DrillKill {
  State state = State::kPreparing;
  /// After the state's work was done, before its outcome is kept; otherwise before the work.
  bool after_work = false;
};

struct RunOptions {
  std::filesystem::path folder;
  /// The settings of a new deployment; without them the one in the folder is resumed.
  std::optional<Settings> settings;
  bool roll_back = false;
  std::optional<DrillKill> drill_kill;
};

struct Kept {
  Settings settings;
  Progress progress;
};

/// Runs it to its end. Returns nothing when a signal ended the tool before: both sides continue,
/// and the deployment can be resumed. Errors: kFileFailed, kDiskFull, kBusy (another tool works
/// there, or the folder holds a deployment that has not ended), kDataCorrupt.
[[nodiscard]] Result<std::optional<Kept>> run_deploy(RunOptions options);

/// Reads the state in a folder.
/// Errors: kFileFailed when there is no deploy, kDataCorrupt.
[[nodiscard]] Result<Kept> read_kept(std::filesystem::path const& folder);

inline constexpr char const* kReportFile = "report.md";
inline constexpr char const* kReportJsonFile = "report.json";

}  // namespace k2::deploy
