#include "io/directory_writer.hpp"

#include "io/append_file.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

namespace k2::io {
namespace {

/// Has the process this file open?
bool holds(int pid, std::filesystem::path const& file) {
  std::error_code failed;
  std::filesystem::directory_iterator descriptors{fmt::format("/proc/{}/fd", pid), failed};
  // It may open and close others meanwhile.
  for (; !failed && descriptors != std::filesystem::directory_iterator{};
       descriptors.increment(failed)) {
    std::error_code gone;
    if (std::filesystem::equivalent(descriptors->path(), file, gone) && !gone) return true;
  }
  return false;
}

}  // namespace

std::optional<ChildProcess> find_writer(std::filesystem::path const& directory) {
  // The lock's file contains its pid.
  auto const file = directory / "lock";
  auto const text = read_file(file);
  if (!text) return std::nullopt;
  int const pid = std::atoi(text->c_str());
  if (pid <= 0) return std::nullopt;
  auto process = ChildProcess::find(pid, read_started_ticks(pid));
  // Looked at after the process is held: another one that has its pid by now has not the lock.
  if (!process || process->wait(std::chrono::milliseconds{0}) || !holds(pid, file)) {
    return std::nullopt;
  }
  return process;
}

}  // namespace k2::io
