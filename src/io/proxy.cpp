#include "io/proxy.hpp"

#include "core/assert.hpp"
#include "core/ws/base64.hpp"
#include "core/ws/http_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace k2::io {
namespace {

constexpr std::string_view kScheme = "http://";
/// Length of a proxy's own text in an error. Chosen: a status line's length.
constexpr std::size_t kStatusLineMax = 100;

Error invalid(std::string_view why) {
  return Error{Errc::kUrlInvalid,
               fmt::format("{}; a proxy looks like http://host:port or "
                           "http://user:password@host:port, with @ : / % in user and password "
                           "written as %40 %3A %2F %25",
                           why)};
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    auto const digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    auto const [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    decoded.push_back(static_cast<char>(byte));
    i += 2;
  }
  return decoded;
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
  });
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

/// Null when the login was taken over into `proxy`, else what is wrong with it.
char const* take_login(std::string_view login, Proxy& proxy) {
  auto const colon = login.find(':');
  auto user = percent_decoded(login.substr(0, colon));
  auto password = colon == login.npos ? std::string{} : percent_decoded(login.substr(colon + 1));
  if (!user || !password) return "has a % in its login that no two hexadecimal digits follow";
  if (user->empty()) return "has an @, but no user before it";
  // RFC 7617 section 2: the first colon ends the user.
  if (user->find(':') != user->npos)
    return "has a user with a colon, which no proxy can tell apart";
  if (!is_printable(*user) || !is_printable(*password))
    return "has a control character in its login";
  proxy.user = std::move(*user);
  proxy.password = std::move(*password);
  return nullptr;
}

/// Null when host and port were taken over into `proxy`, else what is wrong with them.
char const* take_place(std::string_view place, Proxy& proxy) {
  auto const colon = place.rfind(':');
  if (colon == place.npos || place.ends_with(']')) return "has no port";
  auto host = place.substr(0, colon);
  if (!is_port(place.substr(colon + 1))) return "has a port outside 1..65535";
  bool const literal = host.starts_with('[') && host.ends_with(']');
  if (literal) host = host.substr(1, host.size() - 2);
  if (host.empty()) return "has no host";
  if (!literal && host.find(':') != host.npos) return "has an IPv6 host without brackets";
  if (host.find_first_of(" \t[]@?#%\\") != host.npos || !is_printable(host)) {
    return "has a host with characters that no host has";
  }
  proxy.host = host;
  proxy.port = place.substr(colon + 1);
  return nullptr;
}

/// 0 when it is no status line of HTTP/1.
int status_of(std::string_view line) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return 0;
  int status = 0;
  auto const [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
  return error == std::errc{} && end == line.data() + 12 && status >= 100 ? status : 0;
}

std::string remedy_for(Proxy const& proxy, int status) {
  switch (status) {
    case 401:  // tinyproxy, of a wrong login
    case 407:
      return proxy.has_login()
                 ? "it refused the user and password in binance.proxy_url; correct them there"
                 : "it requires a login; put user and password into binance.proxy_url "
                   "(http://user:password@host:port)";
    case 403:
      return "it does not allow that host and port; its operator must allow CONNECT to them, "
             "or, when "
             "only port 443 is open, name it in binance.stream_url";
    case 405:
    case 501:
      return "it offers no CONNECT; name another proxy in binance.proxy_url";
    case 500:
    case 502:
    case 503:
    case 504:
      return "it could not reach that host itself; check the host, and the proxy's own way out";
    case 429:
      return "it allows no more connections; its operator must raise the limit";
    default:
      return "check that binance.proxy_url names an HTTP proxy";
  }
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view url) {
  if (!url.starts_with(kScheme)) {
    bool const other = url.find("://") != url.npos;
    return invalid(other ? "is not of the scheme http, the only one that K2 speaks with a proxy"
                         : "has no scheme of http");
  }
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  Proxy proxy;
  auto const at = url.rfind('@');
  char const* fault = nullptr;
  if (at != url.npos) {
    fault = take_login(url.substr(0, at), proxy);
    url.remove_prefix(at + 1);
  }
  if (fault == nullptr && url.find('/') != url.npos) fault = "has a path";
  if (fault == nullptr) fault = take_place(url, proxy);
  if (fault != nullptr) return invalid(fault);
  return proxy;
}

std::string Proxy::authority() const {
  return authority_of(host, port);
}

std::string Proxy::to_string() const {
  return fmt::format("{}{}{}", kScheme, has_login() ? user + ":********@" : "", authority());
}

std::string authority_of(std::string_view host, std::string_view port) {
  bool const literal = host.find(':') != host.npos;
  return fmt::format("{}{}{}:{}", literal ? "[" : "", host, literal ? "]" : "", port);
}

Error proxy_refusal(Proxy const& proxy, std::string_view target, int status,
                    std::string_view status_line) {
  return Error{
      Errc::kProxyRefused,
      fmt::format("the proxy {} answered '{}' to CONNECT {}: {}", proxy.authority(),
                  status_line.substr(0, kStatusLineMax), target, remedy_for(proxy, status))};
}

ProxyTunnel::ProxyTunnel(Proxy proxy, std::string target)
    : proxy_(std::move(proxy)), target_(std::move(target)) {}

std::string ProxyTunnel::request() const {
  std::vector<ws::HeaderField> fields{{"Host", target_}, {"User-Agent", "k2"}};
  if (proxy_.has_login()) {
    std::string const login = proxy_.user + ":" + proxy_.password;
    std::vector<std::uint8_t> const bytes{login.begin(), login.end()};
    fields.push_back({"Proxy-Authorization", "Basic " + ws::to_base64(bytes)});
  }
  std::string text = "CONNECT " + target_ + " HTTP/1.1\r\n";
  ws::append_http_fields(fields, text);
  return text;
}

ProxyTunnel::Status ProxyTunnel::next(std::string_view& bytes) {
  // The whole piece goes behind the head's beginning; what the head leaves over is of this piece,
  // for the pieces before it did not complete the head.
  auto const space = head_.writable(bytes.size());
  K2_ASSERT(space.size() >= bytes.size());
  std::ranges::copy(bytes, space.begin());
  head_.commit(bytes.size());
  for (;;) {
    ws::HttpHead head;
    auto const taken = ws::take_http_head(head_, head);
    if (!taken) {
      return fail(
          Error{Errc::kProxyRefused, fmt::format("the proxy {} answered no HTTP ({}): check that "
                                                 "binance.proxy_url names an HTTP proxy",
                                                 proxy_.authority(), taken.error().detail)});
    }
    if (!*taken) {
      bytes = {};
      return Status::kNeedMore;
    }
    int const status = status_of(head.start_line);
    if (status >= 100 && status < 200) continue;
    if (status < 200 || status >= 300) {
      return fail(proxy_refusal(proxy_, target_, status, head.start_line));
    }
    // A 2xx has no body, regardless of its head (RFC 9110 section 9.3.6).
    bytes.remove_prefix(bytes.size() - head_.readable().size());
    return Status::kOpen;
  }
}

ProxyTunnel::Status ProxyTunnel::fail(Error error) {
  error_ = std::move(error);
  return Status::kFailed;
}

}  // namespace k2::io
