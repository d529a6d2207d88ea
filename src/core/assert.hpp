// K2_ASSERT states what must hold if the program is right; it is checked in every build. A broken
// assertion is a bug, never bad input: the process prints where and stops, its supervisor restarts
// it, and the journal's positions make the restart lossless.
#pragma once

namespace k2 {

/// Prints the broken condition with its place to stderr and aborts.
[[noreturn]] void assertion_failed(char const* condition, char const* file, int line) noexcept;

}  // namespace k2

#define K2_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::k2::assertion_failed(#condition, __FILE__, __LINE__))
