// The only place that reads a clock; everything else receives the time as an argument.
#pragma once

#include "core/time.hpp"

namespace k2::io {

/// Both clocks now.
[[nodiscard]] Now read_clock() noexcept;

/// The instant of the kernel's monotonic clock that equals a MonoTime, for timers.
[[nodiscard]] std::chrono::steady_clock::time_point to_steady(MonoTime time) noexcept;

}  // namespace k2::io
