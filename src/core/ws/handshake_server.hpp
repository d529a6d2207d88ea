// The server's half of the opening handshake (RFC 6455 section 4.2): reads an upgrade request and
// writes the answer to it. Pure; one object a connection. Extensions and subprotocols that a client
// offers are declined by silence, as section 4.2.2 allows.
#pragma once

#include "core/result.hpp"
#include "core/ws/handshake.hpp"
#include "core/ws/http_head.hpp"
#include "core/ws/receive_buffer.hpp"

#include <span>
#include <string>
#include <string_view>

namespace k2::ws {

struct UpgradeRequest {
  std::string target;  // as in the request line, with its query
  std::string host;
  std::string key;
  HttpHead head;  // every field, also those above
};

class ServerHandshake {
 public:
  /// Reads the request off the buffer; what follows it stays there for the decoder.
  /// Errors: kFailed, with error() kWsHandshake; refusal() is the answer to send.
  [[nodiscard]] HandshakeStatus next(ReceiveBuffer& buffer);

  /// The request, complete after kDone.
  [[nodiscard]] UpgradeRequest const& request() const noexcept { return request_; }
  [[nodiscard]] Error const& error() const noexcept { return error_; }
  /// The answer after kFailed: 400, 405 or 426 with its reason as text.
  [[nodiscard]] std::string const& refusal() const noexcept { return refusal_; }

 private:
  HandshakeStatus fail(int status, Error error);
  [[nodiscard]] bool parse_request_line();
  HandshakeStatus check_upgrade();

  UpgradeRequest request_;
  Error error_;
  std::string refusal_;
};

/// The 101 that accepts a request with this key.
[[nodiscard]] std::string server_accept(std::string_view key,
                                        std::span<HeaderField const> extra = {});

/// Any other answer, with a text body; the connection closes behind it.
[[nodiscard]] std::string server_refusal(int status, std::string_view body,
                                         std::span<HeaderField const> extra = {});

}  // namespace k2::ws
