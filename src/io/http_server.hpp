// A small HTTP/1.1 server with or without TLS: requests in, the handler's replies out. Everything
// is bounded: header and body size, the time a request may take, idle time, connections. It lives
// on its io_context's thread, and the handler is called there. Beast stays inside the .cpp.
#pragma once

#include "core/result.hpp"

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace k2::io {

struct HttpServerRequest {
  std::string method;
  /// Path and query, as they came.
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// The client's IP address.
  std::string client;

  /// The first header of that name, in any case; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpServerReply {
  unsigned status = 200;
  std::string content_type = "application/json;charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Answers nothing and cuts the connection with an RST.
  bool cut = false;
  /// So long the reply, or the cut, lets wait for itself, unless the client goes first.
  std::chrono::milliseconds delay{};
};

/// Chosen: far above what scrapers, pages and the exchange's clients send.
struct HttpLimits {
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint64_t body_bytes_max = std::uint64_t{64} * 1024;
  std::chrono::seconds request_timeout{10};
  std::chrono::seconds idle_timeout{60};
  std::size_t connections_max = 256;
};

class HttpServer {
 public:
  using Handler = std::function<HttpServerReply(HttpServerRequest const&)>;

  /// `io` and `tls` outlive the server; `tls` null speaks plain HTTP.
  HttpServer(boost::asio::io_context& io, SSL_CTX* tls, HttpLimits const& limits, Handler handler);
  HttpServer(HttpServer const&) = delete;
  HttpServer& operator=(HttpServer const&) = delete;
  /// Stops accepting and closes every connection; what they still run ends without the handler.
  ~HttpServer();

  /// Starts to accept; returns the port, since the requested one may be 0.
  /// Errors: kSocketFailed naming the address.
  [[nodiscard]] Result<std::uint16_t> listen(std::string const& address, std::uint16_t port);

  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace k2::io
