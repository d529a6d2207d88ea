#include "feed/endpoint.hpp"

#include <gtest/gtest.h>

namespace k2::feed {
namespace {

TEST(Endpoint, TakesHostPortAndPathApart) {
  auto const endpoint = Endpoint::parse("wss://stream.example.com:9443").value();
  EXPECT_EQ(endpoint, (Endpoint{true, "stream.example.com", "9443", ""}));
  EXPECT_EQ(Endpoint::parse("https://api.example.com").value(),
            (Endpoint{true, "api.example.com", "443", ""}));
  EXPECT_EQ(Endpoint::parse("http://127.0.0.1:80/base/path/").value(),
            (Endpoint{false, "127.0.0.1", "80", "/base/path"}));
  EXPECT_EQ(Endpoint::parse("ws://[::1]:8080").value(), (Endpoint{false, "::1", "8080", ""}));
}

TEST(Endpoint, RefusesWhatItCannotReach) {
  for (auto const* url :
       {"", "stream.example.com", "ftp://host", "wss://", "wss://:443", "wss://host:0",
        "wss://host:65536", "wss://host:port", "wss://host:", "wss://[::1", "wss://[::1]x",
        "wss://user@host", "wss://host/path?query", "wss://ho st"}) {
    auto const endpoint = Endpoint::parse(url);
    ASSERT_TRUE(endpoint.has_error()) << url;
    EXPECT_EQ(endpoint.error().code, Errc::kUrlInvalid);
    EXPECT_NE(endpoint.error().detail.find("wss://host:port"), std::string::npos);
  }
}

TEST(Endpoint, NamesThePortInItsHeaderOnlyWhenItIsUnusual) {
  EXPECT_EQ(Endpoint::parse("wss://host:443").value().host_header(), "host");
  EXPECT_EQ(Endpoint::parse("wss://host:9443").value().host_header(), "host:9443");
  EXPECT_EQ(Endpoint::parse("http://[::1]:80").value().host_header(), "[::1]");
}

}  // namespace
}  // namespace k2::feed
