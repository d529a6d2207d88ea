// The address of an exchange interface: a parsed URL.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace k2::feed {

/// One host of the exchange, for streams (wss, ws) or REST (https, http).
struct Endpoint {
  bool tls = true;
  std::string host;
  std::string port;
  /// The path in front of the target in every request; empty or "/like/this".
  std::string base_path;

  /// Parses scheme://host[:port][/path]; an IPv6 host is in brackets.
  /// Errors: kUrlInvalid naming the URL and its expected form.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view url);

  /// "host", or "host:port" when the port is not the scheme's own: the Host header.
  [[nodiscard]] std::string host_header() const;
  /// The URL again, as logs show it.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(Endpoint const&, Endpoint const&) = default;
};

}  // namespace k2::feed
