// One HTTP request that waits for its answer, to a server of ours on this machine: a stream's own
// pages, the simulator's admin port. Blocks its caller; nothing of the stream uses it.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace k2::io {

/// The body of a GET that is answered with 200; `body` makes it a POST.
/// Errors: kConnectFailed, kTimeout, kHttpFailed; kHttpStatus with the status and the answer.
[[nodiscard]] Result<std::string> http_get(std::string const& url,
                                           std::chrono::milliseconds timeout);
[[nodiscard]] Result<std::string> http_post(std::string const& url, std::string_view body,
                                            std::chrono::milliseconds timeout);

}  // namespace k2::io
