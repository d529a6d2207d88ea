// GET over HTTPS for REST: libcurl on a thread of its own, so that DNS, proxies and slow servers
// never touch the shard. A bounded number of requests runs side by side over kept-alive
// connections, and the others wait; answers come back on the caller's io_context, in the order they
// finish. A request is not repeated here, but when one fails, or is answered with a status that
// another endpoint may not give, the next ones go to the next endpoint, and to another address of
// its name.
#pragma once

#include "core/result.hpp"
#include "feed/endpoint.hpp"
#include "io/proxy.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

struct HttpReply {
  int status = 0;
  std::string body;
  /// X-MBX-USED-WEIGHT-1M.
  std::optional<std::uint32_t> used_weight;
  /// The wait that Retry-After demands.
  std::optional<std::chrono::seconds> retry_after;
};

struct HttpsClientOptions {
  /// Tried in turn; never empty.
  std::vector<feed::Endpoint> endpoints;
  bool verify = true;
  std::string custom_ca_bundle;
  /// Every connection then is a tunnel through it. Without one, none is used: proxies of the
  /// environment are ignored.
  std::optional<Proxy> proxy{};
  /// Header lines sent with every request.
  std::vector<std::string> headers;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{15'000};
  /// Longest body that is taken, after decompression. Chosen: 1,000 rows of trades have 200 KB.
  std::size_t body_bytes_max = std::size_t{1} << 20;
  /// Requests that run side by side; bodies together take no more than so many of the longest.
  std::size_t requests_max = 8;
};

class HttpsClient {
 public:
  using Handler = std::function<void(Result<HttpReply>)>;

  /// Answers are posted to `reply_to`, which must outlive the client.
  HttpsClient(boost::asio::io_context& reply_to, HttpsClientOptions options);
  /// Ends the thread; requests under way are dropped without an answer.
  ~HttpsClient();
  HttpsClient(HttpsClient const&) = delete;
  HttpsClient& operator=(HttpsClient const&) = delete;

  /// Requests a target ("/api/v3/..."). Any status is a reply; errors concern the connection:
  /// Errors: kTimeout, kConnectFailed, kDnsFailed, kProxyRefused, kTlsCertificate, kTlsHandshake,
  /// kHttpFailed.
  /// `body_bytes_max` is that of the options unless it is given.
  void get(std::string target, Handler handler,
           std::optional<std::size_t> body_bytes_max = std::nullopt);

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace k2::io
