// Questions to the exchange that must be answered before anything streams: one at a time, each
// blocks its caller. Never on a shard's thread.
#pragma once

#include "core/result.hpp"
#include "io/https_client.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace k2::io {

class RestCaller {
 public:
  /// A stop that is requested ends the question under way, and all later ones.
  explicit RestCaller(HttpsClientOptions const& rest, std::stop_token stop = {});

  /// The body of a reply with status 200; `body_bytes_max` as in HttpsClient::get().
  /// Errors: those of HttpsClient::get; kRateLimited, kRefusedByRegion, kExchangeError,
  /// kHttpStatus; kTimeout when it was stopped.
  [[nodiscard]] Result<std::string> get(std::string target,
                                        std::optional<std::size_t> body_bytes_max = std::nullopt);

  /// Units: request weight of the running minute, according to the last reply.
  [[nodiscard]] std::optional<std::uint32_t> used_weight() const noexcept { return used_weight_; }

 private:
  std::stop_token stop_;
  boost::asio::io_context io_;
  HttpsClient client_;
  std::optional<std::uint32_t> used_weight_;
};

}  // namespace k2::io
