#include "core/ws/close_code.hpp"

namespace k2::ws {

bool is_close_code_on_wire(std::uint16_t code) noexcept {
  if (code >= 3000) return code <= 4999;
  if (code < 1000 || code > 1014) return false;
  return code != 1004 && code != kCloseNoStatus && code != kCloseAbnormal;
}

}  // namespace k2::ws
