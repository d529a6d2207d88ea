// The client's half of the opening handshake (RFC 6455 section 4.1): the request as text, and the
// verdict on the server's answer, which distinguishes a rate limit, a refusal by region and a
// server that is no WebSocket server. Pure: the caller draws the nonce, sends and receives.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/ws/handshake.hpp"
#include "core/ws/http_head.hpp"
#include "core/ws/receive_buffer.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace k2::ws {

/// The upgrade request. `host` is the Host header ("example.com" or "example.com:9443"), `target`
/// a path with its query, percent-encoded; a space or line break in either is a bug. No extension
/// and no subprotocol is offered.
[[nodiscard]] std::string client_request(std::string_view host, std::string_view target,
                                         HandshakeNonce const& nonce,
                                         std::span<HeaderField const> extra = {});

class ClientHandshake {
 public:
  explicit ClientHandshake(HandshakeNonce const& nonce)
      : accept_(handshake_accept(handshake_key(nonce))) {}

  /// Reads the server's answer off the buffer; what follows it stays there for the decoder.
  /// Errors: kFailed, with error() kRateLimited for 429 and 418, kRefusedByRegion for 403 and 451,
  /// kWsHandshake for any other answer than the 101 that fits our key.
  [[nodiscard]] HandshakeStatus next(ReceiveBuffer& buffer);

  [[nodiscard]] Error const& error() const noexcept { return error_; }
  /// The status of the answer; 0 before it came.
  [[nodiscard]] int http_status() const noexcept { return http_status_; }
  /// The wait that Retry-After demands, at most a week; empty without one. `now` counts where the
  /// header names a date and the answer has no Date.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after(UtcTime now) const;
  /// The answer's head, for a caller that needs its other fields.
  [[nodiscard]] HttpHead const& response() const noexcept { return response_; }

 private:
  HandshakeStatus fail(Error error);
  [[nodiscard]] std::string_view fault_of_101() const noexcept;

  std::string accept_;
  HttpHead response_;
  int http_status_ = 0;
  Error error_;
};

}  // namespace k2::ws
