// The HTTP proxy through which K2 may have to go: where it is, who we are to it, and the CONNECT
// exchange that makes it a tunnel (RFC 9110 section 9.3.6). Pure: a socket or libcurl carries the
// bytes. What the tunnel then carries, TLS as a rule, is no matter of the proxy.
#pragma once

#include "core/result.hpp"
#include "core/ws/receive_buffer.hpp"

#include <string>
#include <string_view>

namespace k2::io {

struct Proxy {
  std::string host;
  std::string port;
  /// Empty when the proxy requires no login. The password is never logged.
  std::string user{};
  std::string password{};

  /// Parses http://[user:password@]host:port; user and password percent-encoded, an IPv6 host in
  /// brackets.
  /// Errors: kUrlInvalid; its detail never repeats the text, which may hold a password.
  [[nodiscard]] static Result<Proxy> parse(std::string_view url);

  [[nodiscard]] bool has_login() const noexcept { return !user.empty(); }
  /// "host:port", as messages name it.
  [[nodiscard]] std::string authority() const;
  /// The URL with the password hidden, as `k2 config` shows it.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(Proxy const&, Proxy const&) = default;
};

/// "host:port" with an IPv6 host in brackets.
[[nodiscard]] std::string authority_of(std::string_view host, std::string_view port);

/// Returns the reason why a proxy did not open the tunnel, and the remedy. `status_line` is its
/// answer.
/// Errors: always kProxyRefused.
[[nodiscard]] Error proxy_refusal(Proxy const& proxy, std::string_view target, int status,
                                  std::string_view status_line);

/// One CONNECT: the request as text, and the judgement of the proxy's answer.
class ProxyTunnel {
 public:
  enum class Status : std::uint8_t { kNeedMore, kOpen, kFailed };

  /// A tunnel to "host:port" of the exchange.
  ProxyTunnel(Proxy proxy, std::string target);

  [[nodiscard]] std::string request() const;
  /// Reads the answer off the front of `bytes`, which came in one receive of 128 KiB at most; what
  /// is behind the answer stays there and is the tunnel's.
  [[nodiscard]] Status next(std::string_view& bytes);
  /// Errors: kProxyRefused, also for an answer that is not HTTP or has a head of over 64 KiB.
  [[nodiscard]] Error const& error() const noexcept { return error_; }
  [[nodiscard]] Proxy const& proxy() const noexcept { return proxy_; }

 private:
  [[nodiscard]] Status fail(Error error);

  Proxy proxy_;
  std::string target_;
  ws::ReceiveBuffer head_;
  Error error_;
};

}  // namespace k2::io
