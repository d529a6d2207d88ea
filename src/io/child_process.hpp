// Another program that runs beside this one: started with its output in a file, watched, ended by a
// signal. It outlives the process that started it, which may find it again by its mark. Linux only
// (pidfd, /proc). One thread.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

class ChildProcess {
 public:
  /// Starts `command` (its first word is the program's path) in a process group of its own, so that
  /// a terminal's Ctrl-C does not reach it. Its output is appended to the file.
  /// Errors: kFileFailed, with the file that could not be opened or started.
  [[nodiscard]] static Result<ChildProcess> start(std::vector<std::string> const& command,
                                                  std::filesystem::path const& output);
  /// Finds one that another process has started; empty when it has ended.
  [[nodiscard]] static std::optional<ChildProcess> find(int pid, std::uint64_t started_ticks);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  /// Leaves it running.
  ~ChildProcess();

  [[nodiscard]] int pid() const noexcept { return pid_; }
  /// Tells it from a later process with the same pid. Units: the kernel's clock ticks.
  [[nodiscard]] std::uint64_t started_ticks() const noexcept { return started_ticks_; }
  /// Sleeps until it has ended, at most so long; true when it has.
  [[nodiscard]] bool wait(std::chrono::milliseconds time);
  /// Returns its exit code once it has ended, 128 + the signal's number when one ended it; empty
  /// when it was started by another process, the only one that receives the code.
  [[nodiscard]] std::optional<int> exit_code() const noexcept { return exit_code_; }
  void signal(int number) const noexcept;

 private:
  ChildProcess(int pid, std::uint64_t started_ticks, int descriptor, bool ours) noexcept;

  int pid_;
  std::uint64_t started_ticks_;
  int descriptor_;
  bool ours_;
  bool ended_ = false;
  std::optional<int> exit_code_;
};

/// Returns the start time of the process, in the kernel's clock ticks; 0 when there is none.
[[nodiscard]] std::uint64_t read_started_ticks(int pid);

/// The path of the running program.
[[nodiscard]] std::string own_program();

}  // namespace k2::io
