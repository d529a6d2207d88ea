// What an HTTP status other than 200 means for K2, the same for REST and for an upgrade.
#pragma once

#include "core/errc.hpp"

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

}  // namespace k2
