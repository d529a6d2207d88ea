#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace k2 {

void assertion_failed(char const* condition, char const* file, int line) noexcept {
  // k2-ok: the last words before the abort
  std::fprintf(stderr, "k2: assertion failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace k2
