// The meaning of an HTTP status other than 200 and the wait that it demands: one rule for REST and
// for a WebSocket upgrade.
#pragma once

#include "core/errc.hpp"
#include "core/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace k2 {

/// kRateLimited for 429 and 418, kRefusedByRegion for 403 and 451, else `otherwise`.
[[nodiscard]] constexpr Errc errc_of_http_status(int status,
                                                 Errc otherwise = Errc::kHttpStatus) noexcept {
  switch (status) {
    case 418:
    case 429:
      return Errc::kRateLimited;
    case 403:
    case 451:
      return Errc::kRefusedByRegion;
    default:
      return otherwise;
  }
}

/// The longest wait that is obeyed. Chosen: the longest ban that the exchange documents is three
/// days.
inline constexpr std::chrono::seconds kRetryAfterMax = std::chrono::hours{24 * 7};

/// The moment that an HTTP date names ("Sun, 06 Nov 1994 08:49:37 GMT"); nothing for any other
/// text. Source: RFC 9110 section 5.6.7, the form that senders must use.
[[nodiscard]] std::optional<UtcTime> parse_http_date(std::string_view text);

/// The value of a Retry-After header, at most kRetryAfterMax: seconds, or the time from `date` to
/// the moment that it names. `date` is the same reply's Date header; where that is no date, `now`
/// counts instead. Nothing for any other text.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    std::string_view date,
                                                                    UtcTime now);

}  // namespace k2
