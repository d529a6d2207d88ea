#include "io/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

HttpLimits small_limits() {
  HttpLimits limits;
  limits.header_bytes_max = 1024;
  limits.body_bytes_max = 100;
  limits.request_timeout = 1s;
  limits.idle_timeout = 1s;
  limits.connections_max = 2;
  return limits;
}

// A server that returns the request, on a thread of its own.
class HttpServerOnLoopback : public testing::Test {
 protected:
  HttpServerOnLoopback() {
    port_ = server_->listen("127.0.0.1", 0).value();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~HttpServerOnLoopback() override {
    asio::post(io_, [this] { server_.reset(); });
    asio::post(io_, [this] { guard_.reset(); });
    thread_.join();
  }

  asio::ip::tcp::socket connect() {
    asio::ip::tcp::socket socket{client_io_};
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    return socket;
  }
  // Sends and reads until the server closes.
  std::string exchange(std::string const& bytes) {
    auto socket = connect();
    asio::write(socket, asio::buffer(bytes));
    return read_all(socket);
  }
  static std::string read_all(asio::ip::tcp::socket& socket) {
    std::string answer;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  asio::io_context client_io_;
  std::unique_ptr<HttpServer> server_ = std::make_unique<HttpServer>(
      io_, nullptr, small_limits(), [](HttpServerRequest const& request) {
        HttpServerReply reply;
        reply.cut = request.target == "/cut";
        reply.status = request.target == "/busy" ? 429 : 200;
        reply.headers.emplace_back("Retry-After", "7");
        reply.body = request.method + " " + request.target + " " +
                     std::string{request.header("x-unit")} + " " + request.client;
        return reply;
      });
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(HttpServerOnLoopback, AnswersWithTheHandlersReply) {
  auto const answer =
      exchange("GET /busy?a=1 HTTP/1.1\r\nHost: x\r\nX-Unit: us\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 7\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nGET /busy?a=1 us 127.0.0.1"));
  EXPECT_THAT(exchange("GET /busy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
}

TEST_F(HttpServerOnLoopback, KeepsTheConnectionForTheNextRequest) {
  auto const answer = exchange(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("GET /1"));
  EXPECT_THAT(answer, HasSubstr("GET /2"));
}

TEST_F(HttpServerOnLoopback, RefusesWhatIsTooBigOrNotHttp) {
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(exchange("no http at all\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpServerOnLoopback, ClosesAConnectionThatSaysNothingOrNeverEndsItsRequest) {
  EXPECT_EQ(exchange(""), "");
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost:"), "");
}

TEST_F(HttpServerOnLoopback, ACutAnswersNothing) {
  EXPECT_EQ(exchange("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST_F(HttpServerOnLoopback, AtItsLimitLetsTheLongestIdleConnectionGo) {
  auto one = connect();
  auto two = connect();
  auto three = connect();
  std::string const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (auto* socket : {&two, &three}) {
    asio::write(*socket, asio::buffer(request));
    std::string head(15, '\0');
    asio::read(*socket, asio::buffer(head));
    EXPECT_EQ(head, "HTTP/1.1 200 OK");
  }
  EXPECT_EQ(read_all(one), "");
}

TEST_F(HttpServerOnLoopback, SaysWhyItCannotListen) {
  HttpServer second{io_, nullptr, HttpLimits{}, [](auto const&) { return HttpServerReply{}; }};
  auto const taken = second.listen("127.0.0.1", port_);
  ASSERT_TRUE(taken.has_error());
  EXPECT_THAT(taken.error().detail, HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace k2::io
