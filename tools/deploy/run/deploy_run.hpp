// The deploy as it happens: does what the plan says, one thing at a time, each time after the
// plan's progress is on the disk; prints every step. One thread, which sleeps most of the time.
#pragma once

#include "tools/deploy/plan.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace k2::deploy {

/// Where a drill kills the tool, as kill -9 would.
struct DrillKill {
  State state = State::kPreparing;
  /// After the state's work was done, before its outcome is kept; otherwise before the work.
  bool after_work = false;
};

struct RunOptions {
  std::filesystem::path folder;
  /// Of a new deploy; without them the one in the folder is taken up.
  std::optional<Settings> settings;
  bool roll_back = false;
  std::optional<DrillKill> drill_kill;
};

struct Kept {
  Settings settings;
  Progress progress;
};

/// Runs it to its end. Nothing when a signal ended the tool before: both sides go on, and so can
/// the deploy. Errors: kFileFailed, kDiskFull, kBusy (another tool is at work there, or the folder
/// holds a deploy that has not ended), kDataCorrupt.
[[nodiscard]] Result<std::optional<Kept>> run_deploy(RunOptions options);

/// What is kept in a folder.
/// Errors: kFileFailed when there is no deploy, kDataCorrupt.
[[nodiscard]] Result<Kept> read_kept(std::filesystem::path const& folder);

inline constexpr char const* kReportFile = "report.md";
inline constexpr char const* kReportJsonFile = "report.json";

}  // namespace k2::deploy
