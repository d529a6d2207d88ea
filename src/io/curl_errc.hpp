// The failures of libcurl as K2's error codes: for REST and for the schema registry.
#pragma once

#include "core/errc.hpp"

#include <curl/curl.h>

namespace k2::io {

/// The code of a result other than CURLE_OK.
[[nodiscard]] Errc errc_of_curl(CURLcode result) noexcept;

}  // namespace k2::io
