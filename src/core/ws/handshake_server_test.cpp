#include "core/ws/handshake_server.hpp"

#include "core/ws/handshake_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace k2::ws {
namespace {

constexpr std::string_view kHost = "Host: server.example.com\r\n";
constexpr std::string_view kUpgrade = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
constexpr std::string_view kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr std::string_view kVersion = "Sec-WebSocket-Version: 13\r\n";

std::string request(std::initializer_list<std::string_view> lines,
                    std::string_view start = "GET /chat HTTP/1.1\r\n") {
  std::string text{start};
  for (auto const line : lines) text += line;
  return text + "\r\n";
}

HandshakeStatus read(ServerHandshake& handshake, std::string_view bytes, std::size_t step) {
  ReceiveBuffer buffer;
  auto status = HandshakeStatus::kNeedMore;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto const piece = bytes.substr(at, step);
    std::ranges::copy(piece, buffer.writable(piece.size()).begin());
    buffer.commit(piece.size());
    if (status == HandshakeStatus::kNeedMore) status = handshake.next(buffer);
  }
  return status;
}

// The first line of the answer to a request that is refused.
std::string refusal_of(std::string const& text) {
  ServerHandshake handshake;
  EXPECT_EQ(read(handshake, text, text.size()), HandshakeStatus::kFailed) << text;
  EXPECT_EQ(handshake.error().code, Errc::kWsHandshake);
  auto const& answer = handshake.refusal();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + handshake.error().detail)) << answer;
  return answer.substr(0, answer.find("\r\n"));
}

TEST(ServerHandshake, TakesTheRequestOfSection1_2) {
  auto const text = request({kHost, kUpgrade, kKey, "Origin: http://example.com\r\n",
                             "Sec-WebSocket-Protocol: chat, superchat\r\n", kVersion});
  for (std::size_t const step : {std::size_t{1}, std::size_t{7}, text.size()}) {
    ServerHandshake handshake;
    EXPECT_EQ(read(handshake, text, step), HandshakeStatus::kDone);
    EXPECT_EQ(handshake.request().target, "/chat");
    EXPECT_EQ(handshake.request().host, "server.example.com");
    EXPECT_EQ(handshake.request().key, "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_EQ(handshake.request().head.find("origin")->value, "http://example.com");
  }
}

TEST(ServerHandshake, AnswersWithTheAcceptOfSection1_3) {
  EXPECT_EQ(server_accept("dGhlIHNhbXBsZSBub25jZQ=="),
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "\r\n");
  std::vector<HeaderField> const extra{{"Date", "now"}};
  EXPECT_TRUE(server_accept("x", extra).ends_with("=\r\nDate: now\r\n\r\n"));
}

TEST(ServerHandshake, TakesALongTargetWithItsQuery) {
  std::string target = "/stream?streams=";
  for (int i = 0; i < 1024; ++i) target += "symbol" + std::to_string(i) + "usdt@trade/";
  ServerHandshake handshake;
  auto const text = request({kHost, kUpgrade, kKey, kVersion}, "GET " + target + " HTTP/1.1\r\n");
  EXPECT_EQ(read(handshake, text, 1000), HandshakeStatus::kDone);
  EXPECT_EQ(handshake.request().target, target);
}

TEST(ServerHandshake, RefusesABadRequestWith400) {
  EXPECT_EQ(refusal_of(request({kUpgrade, kKey, kVersion})), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(request({kHost, kHost, kUpgrade, kKey, kVersion})),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kVersion})), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kKey, kKey, kVersion})),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, "Sec-WebSocket-Key: c2hvcnQ=\r\n", kVersion})),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of("GET /chat HTTP/1.1\r\nbroken\r\n\r\n"), "HTTP/1.1 400 Bad Request");
}

TEST(ServerHandshake, RefusesABadRequestLineWith400) {
  for (std::string_view const start :
       {"GET /chat HTTP/1.0\r\n", "GET  HTTP/1.1\r\n", "GET chat HTTP/1.1\r\n",
        "/chat HTTP/1.1\r\n", "GET /a b HTTP/1.1\r\n", " /chat HTTP/1.1\r\n", "\x16\x03\r\n",
        "\r\n"}) {
    EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kKey, kVersion}, start)),
              "HTTP/1.1 400 Bad Request")
        << start;
  }
}

TEST(ServerHandshake, RefusesAnotherMethodWith405) {
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kKey, kVersion}, "POST /chat HTTP/1.1\r\n")),
            "HTTP/1.1 405 Method Not Allowed");
}

TEST(ServerHandshake, AsksForAnUpgradeOrVersion13With426) {
  EXPECT_EQ(refusal_of(request({kHost})), "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(refusal_of(request({kHost, "Upgrade: websocket\r\n", kKey, kVersion})),
            "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kKey})), "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(refusal_of(request({kHost, kUpgrade, kKey, "Sec-WebSocket-Version: 8\r\n"})),
            "HTTP/1.1 426 Upgrade Required");

  ServerHandshake handshake;
  auto const text = request({kHost, kUpgrade, kKey, "Sec-WebSocket-Version: 8\r\n"});
  EXPECT_EQ(read(handshake, text, text.size()), HandshakeStatus::kFailed);
  EXPECT_NE(handshake.refusal().find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
}

TEST(ServerHandshake, RefusesARequestWithoutEnd) {
  ServerHandshake handshake;
  EXPECT_EQ(read(handshake, std::string(70'000, 'x'), 1000), HandshakeStatus::kFailed);
  EXPECT_TRUE(handshake.refusal().starts_with("HTTP/1.1 400 "));
}

TEST(ServerRefusal, SaysWhyAndCloses) {
  std::vector<HeaderField> const extra{{"Retry-After", "7"}};
  EXPECT_EQ(server_refusal(429, "slow down", extra),
            "HTTP/1.1 429 Too Many Requests\r\n"
            "Connection: close\r\n"
            "Content-Type: text/plain\r\n"
            "Content-Length: 9\r\n"
            "Retry-After: 7\r\n"
            "\r\n"
            "slow down");
}

TEST(Handshake, SucceedsBetweenOurTwoSides) {
  HandshakeNonce const nonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  ServerHandshake server;
  auto const asked = client_request("localhost:9443", "/ws/btcusdt@trade", nonce);
  ASSERT_EQ(read(server, asked, 5), HandshakeStatus::kDone);
  auto const answer = server_accept(server.request().key);
  ReceiveBuffer buffer;
  std::ranges::copy(answer, buffer.writable(answer.size()).begin());
  buffer.commit(answer.size());
  ClientHandshake client{nonce};
  EXPECT_EQ(client.next(buffer), HandshakeStatus::kDone) << client.error().to_string();
}

}  // namespace
}  // namespace k2::ws
