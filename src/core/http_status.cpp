#include "core/http_status.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace k2 {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  std::int64_t seconds = 0;
  auto const [end, errc] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (end != value.data() + value.size() || seconds < 0) return std::nullopt;
  if (errc == std::errc::result_out_of_range) {
    if (value.front() == '-') return std::nullopt;
    return kRetryAfterMax;
  }
  if (errc != std::errc{}) return std::nullopt;
  return std::min(std::chrono::seconds{seconds}, kRetryAfterMax);
}

}  // namespace k2
