#include "io/wakeup.hpp"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace k2::io {

Wakeup::Wakeup() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

Wakeup::~Wakeup() {
  close(descriptor_);
}

void Wakeup::signal() noexcept {
  std::uint64_t const one = 1;
  // It fails only when 2^64-2 signals wait, and then one is there to be seen.
  [[maybe_unused]] auto const written = write(descriptor_, &one, sizeof one);
}

void Wakeup::wait(std::optional<std::chrono::nanoseconds> time) noexcept {
  timespec limit{};
  if (time) {
    auto const seconds = std::chrono::floor<std::chrono::seconds>(*time);
    limit.tv_sec = seconds.count();
    limit.tv_nsec = (*time - seconds).count();
  }
  pollfd waited{descriptor_, POLLIN, 0};
  if (ppoll(&waited, 1, time ? &limit : nullptr, nullptr) > 0) {
    std::uint64_t signals = 0;
    [[maybe_unused]] auto const taken = read(descriptor_, &signals, sizeof signals);
  }
}

}  // namespace k2::io
