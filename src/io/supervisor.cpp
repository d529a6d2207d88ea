#include "io/supervisor.hpp"

#include "io/clock.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace k2::io {
namespace {

/// Chosen: some dozens of messages.
constexpr std::size_t kUnsaidMax = 4096;

std::string_view variable(char const* name) {
  char const* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<NotifySocket> NotifySocket::open(std::string_view name) {
  if (name.size() < 2 || (name.front() != '/' && name.front() != '@') ||
      name.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("NOTIFY_SOCKET={} is neither a path nor @name of at most {} bytes",
                             name, sizeof(sockaddr_un::sun_path) - 1)};
  }
  NotifySocket made;
  made.address_ = name;
  // Source: unix(7), abstract names begin with a zero byte.
  if (name.front() == '@') made.address_.front() = '\0';
  made.descriptor_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made.descriptor_ < 0) {
    return Error{Errc::kSocketFailed, std::error_code{errno, std::generic_category()}.message()};
  }
  return made;
}

NotifySocket::NotifySocket(NotifySocket&& other) noexcept
    : address_(std::move(other.address_)),
      unsaid_(std::move(other.unsaid_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

NotifySocket& NotifySocket::operator=(NotifySocket&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(unsaid_, other.unsaid_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

NotifySocket::~NotifySocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

void NotifySocket::say(std::string_view text) {
  unsaid_ += text;
  if (unsaid_.empty()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  auto const said = sendto(descriptor_, unsaid_.data(), unsaid_.size(), MSG_NOSIGNAL,
                           reinterpret_cast<sockaddr const*>(&to), size);
  if (said >= 0 || unsaid_.size() > kUnsaidMax) unsaid_.clear();
}

std::optional<std::chrono::nanoseconds> watchdog_time(std::string_view usec, std::string_view pid,
                                                      int own_pid) {
  auto const time = number_in(usec);
  if (!time || *time == 0) return std::nullopt;
  if (!pid.empty() && number_in(pid) != static_cast<std::uint64_t>(own_pid)) return std::nullopt;
  return std::chrono::microseconds{*time};
}

Supervisor::Supervisor()
    : supervision_(watchdog_time(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"), getpid())) {
  auto const name = variable("NOTIFY_SOCKET");
  if (name.empty()) return;
  auto opened = NotifySocket::open(name);
  if (opened) {
    socket_ = *std::move(opened);
  } else {
    log_event(
        LogLevel::kWarn, "supervisor.unreachable",
        {{"error", opened.error().to_string()},
         {"action", "the stream runs; correct NOTIFY_SOCKET, or systemd sees no state of it"}});
  }
}

void Supervisor::tell(watch::Snapshot const* snapshot, bool reloading) {
  if (!socket_ || snapshot == nullptr) return;
  socket_->say(supervision_.tell(*snapshot, reloading, read_clock().mono));
}

void Supervisor::stop() {
  if (socket_) socket_->say(supervision_.stop());
}

}  // namespace k2::io
