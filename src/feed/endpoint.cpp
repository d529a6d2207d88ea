#include "feed/endpoint.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace k2::feed {
namespace {

struct Scheme {
  std::string_view prefix;
  bool tls;
  std::string_view default_port;
};

constexpr std::array<Scheme, 4> kSchemes{{{"wss://", true, "443"},
                                          {"ws://", false, "80"},
                                          {"https://", true, "443"},
                                          {"http://", false, "80"}}};

Error invalid(std::string_view url, std::string_view why) {
  return Error{Errc::kUrlInvalid,
               fmt::format("'{}' {}; a URL looks like wss://host:port or https://host", url, why)};
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  Endpoint endpoint;
  std::string_view rest;
  for (Scheme const& scheme : kSchemes) {
    if (url.starts_with(scheme.prefix)) {
      endpoint.tls = scheme.tls;
      endpoint.port = scheme.default_port;
      rest = url.substr(scheme.prefix.size());
    }
  }
  if (endpoint.port.empty()) return invalid(url, "has no scheme of wss, ws, https, http");
  auto const slash = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    endpoint.base_path = rest.substr(slash);
    if (endpoint.base_path.find_first_of("?# ") != std::string::npos) {
      return invalid(url, "has a query, a fragment or a blank");
    }
    while (endpoint.base_path.ends_with('/')) endpoint.base_path.pop_back();
  }
  if (authority.find('@') != std::string_view::npos) return invalid(url, "has a user name");
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    auto const bracket = authority.find(']');
    if (bracket == std::string_view::npos) return invalid(url, "lacks a closing bracket");
    endpoint.host = authority.substr(1, bracket - 1);
    authority.remove_prefix(bracket + 1);
    has_port = authority.starts_with(':');
    if (!has_port && !authority.empty()) return invalid(url, "has text behind the bracket");
    if (has_port) port = authority.substr(1);
  } else {
    auto const colon = authority.find(':');
    endpoint.host = authority.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
  }
  if (endpoint.host.empty()) return invalid(url, "has no host");
  if (endpoint.host.find_first_of(" \t\r\n") != std::string::npos) {
    return invalid(url, "has a blank in its host");
  }
  if (has_port) {
    if (!is_port(port)) return invalid(url, "has a port outside 1..65535");
    endpoint.port = port;
  }
  return endpoint;
}

std::string Endpoint::host_header() const {
  bool const literal = host.find(':') != std::string::npos;
  std::string header = literal ? "[" + host + "]" : host;
  if (port != (tls ? "443" : "80")) header.append(":").append(port);
  return header;
}

std::string Endpoint::to_string() const {
  return (tls ? "tls://" : "tcp://") + host_header() + base_path;
}

}  // namespace k2::feed
