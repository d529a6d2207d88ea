#include "io/log_sink.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace k2::io {
namespace {

// Chosen: a terminal that scrolls or a busy collector catches up within it.
constexpr int kStallTimeoutMs = 1000;
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

bool LogSink::write_line(std::string_view line) {
  std::string bytes;
  if (torn_) bytes.push_back('\n');
  if (drawn_) bytes.append(kClearLine);
  bytes.append(line).push_back('\n');
  if (drawn_) {
    std::lock_guard const lock{status_mutex_};
    bytes.append(status_);
  }
  bool const written = write_all(bytes);
  if (!written) ++lost_;
  return written;
}

bool LogSink::set_status(std::string_view text) {
  if (!is_terminal_) return false;
  std::lock_guard const lock{status_mutex_};
  if (status_ == text) return false;
  status_ = text;
  return true;
}

void LogSink::draw_status() {
  if (!is_terminal_) return;
  std::string bytes;
  {
    std::lock_guard const lock{status_mutex_};
    if (!drawn_ && status_.empty()) return;
    drawn_ = !status_.empty();
    bytes.append(kClearLine).append(status_);
  }
  (void)write_all(bytes);
}

bool LogSink::write_all(std::string_view bytes) {
  auto const size = bytes.size();
  bool const written = write_some(bytes);
  // A line that broke off in its middle is ended before the next one.
  torn_ = (torn_ || bytes.size() < size) && !written;
  return written;
}

bool LogSink::write_some(std::string_view& bytes) {
  while (!bytes.empty()) {
    pollfd waiting{.fd = fd_, .events = POLLOUT, .revents = 0};
    int const ready = ::poll(&waiting, 1, stalled_ ? 0 : kStallTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    stalled_ = ready <= 0;
    if (stalled_ || (waiting.revents & (POLLERR | POLLNVAL)) != 0) return false;
    // A ready pipe takes PIPE_BUF bytes without blocking; more could block.
    auto const chunk = bytes.substr(0, 4096);
    auto const written = ::write(fd_, chunk.data(), chunk.size());
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace k2::io
