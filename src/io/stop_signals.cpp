#include "io/stop_signals.hpp"

#include <pthread.h>

namespace k2::io {

StopSignals::StopSignals() noexcept {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

StopSignals::~StopSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> StopSignals::wait(std::chrono::milliseconds time) const noexcept {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec const limit{.tv_sec = seconds.count(),
                       .tv_nsec = std::chrono::nanoseconds{time - seconds}.count()};
  int const signal = sigtimedwait(&signals_, nullptr, &limit);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace k2::io
