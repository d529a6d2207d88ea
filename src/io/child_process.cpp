#include "io/child_process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {

/// Field 22 of /proc/PID/stat, behind the name, which may hold anything; 0 when there is none.
std::uint64_t read_started_ticks(int pid) {
  std::ifstream file{fmt::format("/proc/{}/stat", pid)};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  auto const name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields{text.substr(name_end + 1)};
  std::string field;
  constexpr int kFieldsAfterName = 20;
  for (int at = 0; at < kFieldsAfterName; ++at) fields >> field;
  return std::strtoull(field.c_str(), nullptr, 10);
}

namespace {

int open_pidfd(int pid) {
  // glibc 2.36 has pidfd_open, but its header clashes with others of the kernel's.
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

Error failure(std::string const& what, int code) {
  return Error{
      Errc::kFileFailed,
      fmt::format("{}: {}", what, std::error_code{code, std::generic_category()}.message())};
}

}  // namespace

ChildProcess::ChildProcess(int pid, std::uint64_t started_ticks, int descriptor, bool ours) noexcept
    : pid_(pid), started_ticks_(started_ticks), descriptor_(descriptor), ours_(ours) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_),
      started_ticks_(other.started_ticks_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      ours_(other.ours_),
      ended_(other.ended_),
      exit_code_(other.exit_code_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  pid_ = other.pid_;
  started_ticks_ = other.started_ticks_;
  std::swap(descriptor_, other.descriptor_);
  ours_ = other.ours_;
  ended_ = other.ended_;
  exit_code_ = other.exit_code_;
  return *this;
}

ChildProcess::~ChildProcess() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<ChildProcess> ChildProcess::start(std::vector<std::string> const& command,
                                         std::filesystem::path const& output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0666);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);  // this process may hold some back, the child holds none
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<std::string> words = command;  // the kernel's interface takes them unconst
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = -1;
  int const code =
      posix_spawn(&pid, pointers.front(), &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) {
    return failure(fmt::format("{}, with its output in {}", command.front(), output.string()),
                   code);
  }
  int const descriptor = open_pidfd(pid);
  if (descriptor < 0) return failure("pidfd_open", errno);
  return ChildProcess{pid, read_started_ticks(pid), descriptor, true};
}

std::optional<ChildProcess> ChildProcess::find(int pid, std::uint64_t started_ticks) {
  int const descriptor = open_pidfd(pid);
  if (descriptor < 0) return std::nullopt;
  ChildProcess process{pid, started_ticks, descriptor, false};
  // Looked at only after the descriptor holds it: no other process can slip in between.
  if (read_started_ticks(pid) != started_ticks) return std::nullopt;
  return process;
}

bool ChildProcess::wait(std::chrono::milliseconds time) {
  if (ended_) return true;
  pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, static_cast<int>(time.count())) <= 0) return false;
  ended_ = true;
  int status = 0;
  if (ours_ && ::waitpid(pid_, &status, 0) == pid_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return true;
}

void ChildProcess::signal(int number) const noexcept {
  ::syscall(SYS_pidfd_send_signal, descriptor_, number, nullptr, 0);
}

std::string own_program() {
  std::error_code failed;
  auto const path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string{"/proc/self/exe"} : path.string();
}

}  // namespace k2::io
