#include "core/ws/handshake_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace k2::ws {
namespace {

// "the sample nonce", RFC 6455 section 1.3: the key is dGhlIHNhbXBsZSBub25jZQ==.
constexpr HandshakeNonce kNonce{'t', 'h', 'e', ' ', 's', 'a', 'm', 'p',
                                'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'};
constexpr std::string_view kAccept =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

struct Answer {
  HandshakeStatus status = HandshakeStatus::kNeedMore;
  Error error;
  int http_status = 0;
  std::optional<std::chrono::seconds> retry_after;
  std::string rest;
};

Answer read(std::string_view bytes, std::size_t step) {
  ReceiveBuffer buffer;
  ClientHandshake handshake{kNonce};
  Answer answer;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto const piece = bytes.substr(at, step);
    auto const space = buffer.writable(piece.size());
    std::ranges::copy(piece, space.begin());
    buffer.commit(piece.size());
    if (answer.status == HandshakeStatus::kNeedMore) answer.status = handshake.next(buffer);
  }
  answer.error = handshake.error();
  answer.http_status = handshake.http_status();
  answer.retry_after = handshake.retry_after(UtcTime{});
  answer.rest = {buffer.readable().begin(), buffer.readable().end()};
  return answer;
}

Error refused(std::string_view bytes) {
  auto const whole = read(bytes, bytes.size());
  EXPECT_EQ(whole.status, HandshakeStatus::kFailed) << bytes;
  EXPECT_EQ(read(bytes, 1).error, whole.error);
  return whole.error;
}

Error bad_101(std::string_view headers) {
  return refused("HTTP/1.1 101 Switching Protocols\r\n" + std::string{headers} + "\r\n");
}

TEST(ClientRequest, IsWhatSection4_1Asks) {
  EXPECT_EQ(client_request("stream.example:9443", "/stream?streams=btcusdt@trade", kNonce),
            "GET /stream?streams=btcusdt@trade HTTP/1.1\r\n"
            "Host: stream.example:9443\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "\r\n");
}

TEST(ClientRequest, CarriesExtraHeaders) {
  std::vector<HeaderField> const extra{{"User-Agent", "k2"}, {"X-Key", "v"}};
  EXPECT_TRUE(client_request("h", "/", kNonce, extra)
                  .ends_with("Version: 13\r\nUser-Agent: k2\r\nX-Key: v\r\n\r\n"));
}

TEST(ClientRequestDeathTest, StopsOnATargetThatBreaksTheLine) {
  EXPECT_DEATH((void)client_request("h", "/a b", kNonce), "is_request_word");
  EXPECT_DEATH((void)client_request("h\r\nX: y", "/", kNonce), "is_request_word");
  EXPECT_DEATH((void)client_request("h", "stream", kNonce), "target.front");
}

TEST(ClientHandshake, TakesTheAnswerOfSection1_3AndLeavesTheFramesBehindIt) {
  std::string const bytes = std::string{kAccept} + "\r\n\x81\x02Hi";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    auto const answer = read(bytes, step);
    EXPECT_EQ(answer.status, HandshakeStatus::kDone) << answer.error.to_string();
    EXPECT_EQ(answer.http_status, 101);
    EXPECT_EQ(answer.rest, "\x81\x02Hi");
  }
}

TEST(ClientHandshake, TakesAnyCaseAndOtherHeaders) {
  auto const answer = read(
      "HTTP/1.1 101 whatever\r\nSERVER: x\r\nupgrade: WebSocket\r\nconnection: Keep-Alive, upgrade"
      "\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nDate: now\r\n\r\n",
      1000);
  EXPECT_EQ(answer.status, HandshakeStatus::kDone) << answer.error.to_string();
}

TEST(ClientHandshake, RefusesA101ThatDoesNotFit) {
  std::string const upgrade = "Upgrade: websocket\r\n";
  std::string const connection = "Connection: Upgrade\r\n";
  std::string const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  EXPECT_EQ(bad_101(connection + accept).detail, "101 without Upgrade: websocket");
  EXPECT_EQ(bad_101("Upgrade: h2c\r\n" + connection + accept).detail,
            "101 without Upgrade: websocket");
  EXPECT_EQ(bad_101(upgrade + accept).detail, "101 without Connection: Upgrade");
  EXPECT_EQ(bad_101(upgrade + connection).detail, "101 with a wrong Sec-WebSocket-Accept");
  EXPECT_EQ(
      bad_101(upgrade + connection + "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n").detail,
      "101 with a wrong Sec-WebSocket-Accept");
  EXPECT_EQ(bad_101(upgrade + connection + accept + accept).detail,
            "101 with a wrong Sec-WebSocket-Accept");
  EXPECT_EQ(
      bad_101(upgrade + connection + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n")
          .detail,
      "101 with an extension that was not offered");
  EXPECT_EQ(bad_101(upgrade + connection + accept + "Sec-WebSocket-Protocol: chat\r\n").detail,
            "101 with a subprotocol that was not offered");
}

TEST(ClientHandshake, TellsSlowDownFromNotFromHereFromBroken) {
  auto const code = [](std::string const& status) {
    return refused("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").code;
  };
  EXPECT_EQ(code("429 Too Many Requests"), Errc::kRateLimited);
  EXPECT_EQ(code("418 I'm a teapot"), Errc::kRateLimited);
  EXPECT_EQ(code("403 Forbidden"), Errc::kRefusedByRegion);
  EXPECT_EQ(code("451 Unavailable For Legal Reasons"), Errc::kRefusedByRegion);
  EXPECT_EQ(code("200 OK"), Errc::kWsHandshake);
  EXPECT_EQ(code("302 Found"), Errc::kWsHandshake);
  EXPECT_EQ(code("503 Service Unavailable"), Errc::kWsHandshake);
  EXPECT_EQ(code("503"), Errc::kWsHandshake);
}

TEST(ClientHandshake, ReadsRetryAfterInSecondsAndAsADate) {
  auto const after = [](std::string const& value) {
    auto const text = "HTTP/1.1 429 Slow\r\nRetry-After: " + value + "\r\n\r\n";
    return read(text, text.size()).retry_after;
  };
  EXPECT_EQ(after("7"), std::chrono::seconds{7});
  EXPECT_EQ(after("0"), std::chrono::seconds{0});
  EXPECT_EQ(after("259200"), std::chrono::hours{72});
  EXPECT_EQ(after("99999999999999999999999"), std::chrono::hours{168});
  EXPECT_EQ(after("-1"), std::nullopt);
  EXPECT_EQ(after("soon"), std::nullopt);
  EXPECT_EQ(after("Wed, 21 Oct 2026 07:28:00 GMT\r\nDate: Wed, 21 Oct 2026 07:27:00 GMT"),
            std::chrono::seconds{60});
  EXPECT_EQ(after(""), std::nullopt);
}

TEST(ClientHandshake, SaysWhatTheServerSaid) {
  EXPECT_EQ(refused("HTTP/1.1 503 Service Unavailable\r\n\r\n").to_string(),
            "ws_handshake: HTTP/1.1 503 Service Unavailable");
}

TEST(ClientHandshake, RefusesWhatIsNotHttp) {
  for (std::string_view const text :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 101 x\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n",
        "HTTP/1.1 abc x\r\n\r\n", "HTTP/1.1 1010\r\n\r\n", "\r\n\r\n", "\r\n\r\n\r\n"}) {
    EXPECT_EQ(refused(text).code, Errc::kWsHandshake) << text;
  }
}

TEST(ClientHandshake, RefusesAnAnswerWithoutEnd) {
  EXPECT_EQ(read(std::string(70'000, 'x'), 1000).error.detail, "HTTP head too long");
}

TEST(ClientHandshake, StaysFailed) {
  ReceiveBuffer buffer;
  ClientHandshake handshake{kNonce};
  std::string const text = "HTTP/1.1 400 Bad\r\n\r\n" + std::string{kAccept} + "\r\n";
  std::ranges::copy(text, buffer.writable(text.size()).begin());
  buffer.commit(text.size());
  EXPECT_EQ(handshake.next(buffer), HandshakeStatus::kFailed);
  EXPECT_EQ(handshake.next(buffer), HandshakeStatus::kFailed);
  EXPECT_EQ(handshake.http_status(), 400);
}

}  // namespace
}  // namespace k2::ws
