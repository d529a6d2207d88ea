#include "core/ws/http_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace k2::ws {
namespace {

using namespace std::string_literals;

void write(ReceiveBuffer& buffer, std::string_view text) {
  auto const space = buffer.writable(text.size());
  ASSERT_GE(space.size(), text.size());
  std::ranges::copy(text, space.begin());
  buffer.commit(text.size());
}

Result<bool> take(std::string_view text, HttpHead& out) {
  ReceiveBuffer buffer;
  write(buffer, text);
  return take_http_head(buffer, out);
}

TEST(HttpHead, TakesTheHeadAndLeavesWhatFollows) {
  ReceiveBuffer buffer;
  write(buffer, "GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Wide: \t b c \t\r\n\r\n\x81\x01x");
  HttpHead head;
  EXPECT_TRUE(take_http_head(buffer, head).value());
  EXPECT_EQ(head.start_line, "GET / HTTP/1.1");
  ASSERT_EQ(head.fields.size(), 3U);
  EXPECT_EQ(head.find("host")->value, "a");
  EXPECT_EQ(head.find("X-EMPTY")->value, "");
  EXPECT_EQ(head.find("x-wide")->value, "b c");
  EXPECT_EQ(head.find("absent"), nullptr);
  EXPECT_EQ((std::string{buffer.readable().begin(), buffer.readable().end()}), "\x81\x01x");
}

TEST(HttpHead, WaitsForItsEmptyLine) {
  std::string const text = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  ReceiveBuffer buffer;
  HttpHead head;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    write(buffer, text.substr(at, 1));
    EXPECT_FALSE(take_http_head(buffer, head).value()) << at;
  }
  write(buffer, "\n");
  EXPECT_TRUE(take_http_head(buffer, head).value());
}

TEST(HttpHead, RefusesLinesThatAreNoFields) {
  HttpHead head;
  for (auto const& text :
       {"GET / HTTP/1.1\r\nno colon\r\n\r\n"s, "GET / HTTP/1.1\r\n: no name\r\n\r\n"s,
        "GET / HTTP/1.1\r\nspace : x\r\n\r\n"s, "GET / HTTP/1.1\r\n folded: x\r\n\r\n"s,
        "GET / HTTP/1.1\r\nA: b\nB: c\r\n\r\n"s, "GET / HTTP/1.1\r\nA: \0\r\n\r\n"s,
        "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"s, "GET /\x01 HTTP/1.1\r\n\r\n"s}) {
    auto const result = take(text, head);
    ASSERT_TRUE(result.has_error()) << text;
    EXPECT_EQ(result.error().code, Errc::kWsHandshake);
  }
}

TEST(HttpHead, IsBounded) {
  HttpHead head;
  std::string const longest = "GET / HTTP/1.1\r\nA: " + std::string(kHeadBytesMax - 24, 'x');
  EXPECT_TRUE(take(longest + "\r\n\r\n", head).value());
  EXPECT_FALSE(take(longest, head).value());
  EXPECT_TRUE(take(longest + "xxxx\r\n\r\n", head).has_error());

  std::string many = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i < kHeadFieldsMax; ++i) many += "A: b\r\n";
  EXPECT_TRUE(take(many + "\r\n", head).value());
  EXPECT_TRUE(take(many + "A: b\r\n\r\n", head).has_error());
}

TEST(HttpHead, FindsTokensInListsOfAnyCase) {
  HttpHead head;
  ASSERT_TRUE(
      take("x\r\nConnection: keep-alive, UPGRADE\r\nconnection: a ,b\r\n\r\n", head).value());
  EXPECT_TRUE(head.lists("Connection", "Upgrade"));
  EXPECT_TRUE(head.lists("Connection", "keep-alive"));
  EXPECT_TRUE(head.lists("CONNECTION", "b"));
  EXPECT_FALSE(head.lists("Connection", "up"));
  EXPECT_FALSE(head.lists("Connection", ""));
  EXPECT_EQ(head.count("Connection"), 2U);
}

TEST(HttpHeadDeathTest, StopsOnAHeaderThatBreaksTheLine) {
  std::string out;
  HeaderField const bad{"X", "a\r\nY: b"};
  EXPECT_DEATH(append_http_fields({&bad, 1}, out), "is_line_text");
}

}  // namespace
}  // namespace k2::ws
