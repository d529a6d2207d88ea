#include "io/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ProxyUrl, NamesAHostAndAPort) {
  auto const proxy = Proxy::parse("http://proxy.example.com:3128").value();
  EXPECT_EQ(proxy, (Proxy{.host = "proxy.example.com", .port = "3128"}));
  EXPECT_FALSE(proxy.has_login());
  EXPECT_EQ(proxy.authority(), "proxy.example.com:3128");
  EXPECT_EQ(proxy.to_string(), "http://proxy.example.com:3128");
  EXPECT_EQ(Proxy::parse("http://proxy.example.com:3128/").value(), proxy);
}

TEST(ProxyUrl, TakesAnAddressInBrackets) {
  auto const proxy = Proxy::parse("http://[::1]:8888").value();
  EXPECT_EQ(proxy.host, "::1");
  EXPECT_EQ(proxy.authority(), "[::1]:8888");
}

TEST(ProxyUrl, DecodesUserAndPassword) {
  auto const proxy = Proxy::parse("http://desk%40home:p%3aw%2F%25:x@10.0.0.1:8888").value();
  EXPECT_EQ(proxy.user, "desk@home");
  EXPECT_EQ(proxy.password, "p:w/%:x");
  EXPECT_EQ(proxy.authority(), "10.0.0.1:8888");
}

TEST(ProxyUrl, HidesThePassword) {
  EXPECT_EQ(Proxy::parse("http://desk:hush@10.0.0.1:8888").value().to_string(),
            "http://desk:********@10.0.0.1:8888");
  EXPECT_EQ(Proxy::parse("http://desk@10.0.0.1:8888").value().to_string(),
            "http://desk:********@10.0.0.1:8888");
}

struct Wrong {
  char const* name;
  char const* url;
  char const* why;
};
void PrintTo(Wrong const& wrong, std::ostream* out) {
  *out << wrong.name;
}
class WrongProxyUrl : public testing::TestWithParam<Wrong> {};

TEST_P(WrongProxyUrl, IsRefusedWithoutBeingRepeated) {
  auto const proxy = Proxy::parse(GetParam().url);
  ASSERT_TRUE(proxy.has_error());
  EXPECT_EQ(proxy.error().code, Errc::kUrlInvalid);
  EXPECT_THAT(proxy.error().detail,
              AllOf(HasSubstr(GetParam().why), HasSubstr("http://user:password@host:port"),
                    Not(HasSubstr("hush"))));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongProxyUrl,
    testing::Values(Wrong{"NoScheme", "desk:hush@proxy:8888", "has no scheme"},
                    Wrong{"Socks", "socks5://desk:hush@proxy:1080", "the only one"},
                    Wrong{"Https", "https://desk:hush@proxy:8888", "the only one"},
                    Wrong{"NoPort", "http://desk:hush@proxy", "has no port"},
                    Wrong{"NoPortBehindBracket", "http://desk:hush@[::1]", "has no port"},
                    Wrong{"PortZero", "http://desk:hush@proxy:0", "port outside"},
                    Wrong{"PortTooBig", "http://desk:hush@proxy:65536", "port outside"},
                    Wrong{"PortWithText", "http://desk:hush@proxy:80x", "port outside"},
                    Wrong{"NoHost", "http://desk:hush@:8888", "has no host"},
                    Wrong{"BareIpv6", "http://desk:hush@::1:8888", "without brackets"},
                    Wrong{"Path", "http://desk:hush@proxy:8888/path", "has a path"},
                    Wrong{"Query", "http://desk:hush@proxy?x:8888", "no host has"},
                    Wrong{"BlankInHost", "http://desk:hush@pro xy:8888", "no host has"},
                    Wrong{"LineBreakInHost", "http://desk:hush@pro\nxy:8888", "no host has"},
                    Wrong{"HalfPercent", "http://desk:hush%4@proxy:8888", "hexadecimal"},
                    Wrong{"PercentNoHex", "http://desk:hush%zz@proxy:8888", "hexadecimal"},
                    Wrong{"NoUser", "http://:hush@proxy:8888", "no user"},
                    Wrong{"ColonInUser", "http://de%3Ask:hush@proxy:8888", "colon"},
                    Wrong{"LineBreakInPassword", "http://desk:hush%0d%0a@proxy:8888", "control"}),
    [](auto const& one) { return one.param.name; });

ProxyTunnel tunnel(Proxy proxy = {.host = "proxy", .port = "8888"}) {
  return ProxyTunnel{std::move(proxy), "stream.binance.com:9443"};
}

TEST(ProxyTunnelRequest, AsksForHostAndPort) {
  EXPECT_EQ(tunnel().request(),
            "CONNECT stream.binance.com:9443 HTTP/1.1\r\n"
            "Host: stream.binance.com:9443\r\n"
            "User-Agent: k2\r\n"
            "\r\n");
}

// Source: the example of RFC 7617 section 2.
TEST(ProxyTunnelRequest, LogsInWithBasic) {
  auto const login =
      tunnel({.host = "proxy", .port = "8888", .user = "Aladdin", .password = "open sesame"});
  EXPECT_THAT(login.request(),
              HasSubstr("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
}

constexpr std::string_view kEstablished =
    "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n";

TEST(ProxyTunnelAnswer, LeavesWhatComesBehindItsHead) {
  auto under_test = tunnel();
  std::string const both = std::string{kEstablished} + "first bytes";
  std::string_view bytes = both;
  EXPECT_EQ(under_test.next(bytes), ProxyTunnel::Status::kOpen);
  EXPECT_EQ(bytes, "first bytes");
}

TEST(ProxyTunnelAnswer, MayComeByteByByte) {
  auto under_test = tunnel();
  for (std::size_t i = 0; i + 1 < kEstablished.size(); ++i) {
    auto piece = kEstablished.substr(i, 1);
    ASSERT_EQ(under_test.next(piece), ProxyTunnel::Status::kNeedMore);
    ASSERT_EQ(piece, "");
  }
  std::string_view last = "\ntunnelled";
  EXPECT_EQ(under_test.next(last), ProxyTunnel::Status::kOpen);
  EXPECT_EQ(last, "tunnelled");
}

TEST(ProxyTunnelAnswer, MayFollowAnInterimOne) {
  auto under_test = tunnel();
  std::string_view bytes = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 20";
  EXPECT_EQ(under_test.next(bytes), ProxyTunnel::Status::kNeedMore);
  bytes = "0 OK\r\nContent-Length: 5\r\n\r\nhello";
  EXPECT_EQ(under_test.next(bytes), ProxyTunnel::Status::kOpen);
  EXPECT_EQ(bytes, "hello");
}

std::string refusal(std::string_view answer, Proxy proxy = {.host = "proxy", .port = "8888"}) {
  auto under_test = tunnel(std::move(proxy));
  EXPECT_EQ(under_test.next(answer), ProxyTunnel::Status::kFailed);
  EXPECT_EQ(under_test.error().code, Errc::kProxyRefused);
  EXPECT_THAT(under_test.error().detail, HasSubstr("the proxy proxy:8888"));
  return under_test.error().detail;
}

TEST(ProxyTunnelAnswer, SaysThatALoginIsMissing) {
  EXPECT_THAT(refusal("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
              AllOf(HasSubstr("'HTTP/1.1 407 Proxy Authentication Required'"),
                    HasSubstr("stream.binance.com:9443"),
                    HasSubstr("put user and password into binance.proxy_url")));
}

TEST(ProxyTunnelAnswer, SaysThatALoginIsWrong) {
  auto const detail =
      refusal("HTTP/1.1 407 No\r\n\r\n",
              {.host = "proxy", .port = "8888", .user = "desk", .password = "hush"});
  EXPECT_THAT(detail, AllOf(HasSubstr("407"), HasSubstr("refused the user and password"),
                            Not(HasSubstr("hush"))));
}

TEST(ProxyTunnelAnswer, NamesTheRemedyOfEveryStatus) {
  EXPECT_THAT(refusal("HTTP/1.1 403 Filtered\r\n\r\n"),
              AllOf(HasSubstr("403 Filtered"), HasSubstr("allow CONNECT")));
  EXPECT_THAT(refusal("HTTP/1.1 405 Method Not Allowed\r\n\r\n"), HasSubstr("no CONNECT"));
  EXPECT_THAT(refusal("HTTP/1.1 502 Bad Gateway\r\n\r\n"), HasSubstr("the proxy's own way out"));
  EXPECT_THAT(refusal("HTTP/1.1 429 Slow\r\n\r\n"), HasSubstr("no more connections"));
  EXPECT_THAT(refusal("HTTP/1.1 301 Moved\r\n\r\n"), HasSubstr("names an HTTP proxy"));
}

TEST(ProxyTunnelAnswer, MustBeHttp) {
  EXPECT_THAT(refusal("SSH-2.0-OpenSSH_9.2\r\n\r\n"), HasSubstr("names an HTTP proxy"));
  EXPECT_THAT(refusal("HTTP/1.1 200 OK\r\n\x01: x\r\n\r\n"), HasSubstr("answered no HTTP"));
}

TEST(ProxyTunnelAnswer, HasABoundedHead) {
  auto under_test = tunnel();
  std::string const line = "X-Filler: " + std::string(1'000, 'x') + "\r\n";
  std::string_view bytes = "HTTP/1.1 200 OK\r\n";
  ASSERT_EQ(under_test.next(bytes), ProxyTunnel::Status::kNeedMore);
  auto status = ProxyTunnel::Status::kNeedMore;
  int lines = 0;
  for (; status == ProxyTunnel::Status::kNeedMore && lines < 100; ++lines) {
    bytes = line;
    status = under_test.next(bytes);
  }
  EXPECT_EQ(status, ProxyTunnel::Status::kFailed);
  EXPECT_LE(lines, 65);
  EXPECT_THAT(under_test.error().detail, HasSubstr("too long"));
}

TEST(ProxyTunnelAnswer, IsRepeatedInPartOnly) {
  EXPECT_LT(refusal("HTTP/1.1 500 " + std::string(5'000, 'x') + "\r\n\r\n").size(), 400U);
}

}  // namespace
}  // namespace k2::io
