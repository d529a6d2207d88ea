// The REST client against servers on the loopback.
#include "io/https_client.hpp"

#include "io/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

class Rest : public testing::Test {
 protected:
  Rest() : thread_([this] { server_io_.run(); }) {}
  ~Rest() override {
    asio::post(server_io_, [this] {
      server_.reset();
      guard_.reset();
    });
    thread_.join();
  }

  HttpsClientOptions options() const {
    HttpsClientOptions options;
    options.endpoints = {
        {.tls = false, .host = "127.0.0.1", .port = std::to_string(port_), .base_path = {}}};
    return options;
  }
  Result<HttpReply> get(std::string const& target, std::optional<std::size_t> bytes_max = {}) {
    io_.restart();  // the end of the work before stopped it
    HttpsClient client{io_, options()};
    std::optional<Result<HttpReply>> answer;
    auto const work = asio::make_work_guard(io_);
    client.get(target, [&](Result<HttpReply> reply) { answer = std::move(reply); }, bytes_max);
    while (!answer) io_.run_one();
    return *std::move(answer);
  }

  static constexpr std::chrono::milliseconds kSlow{100};

  std::vector<std::chrono::steady_clock::time_point> arrived_;  // the server's thread's own
  asio::io_context server_io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{server_io_.get_executor()};
  std::unique_ptr<HttpServer> server_ = std::make_unique<HttpServer>(
      server_io_, nullptr, HttpLimits{}, [this](HttpServerRequest const& request) {
        HttpServerReply reply;
        if (request.target.starts_with("/bytes/")) {
          reply.body = std::string(std::stoul(request.target.substr(7)), 'x');
        } else if (request.target == "/date") {
          reply.status = 429;
          reply.headers = {{"Date", "Sun, 06 Nov 1994 08:47:37 GMT"},
                           {"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}};
        } else if (request.target == "/seconds") {
          reply.status = 418;
          reply.headers = {{"Retry-After", "77"}};
        } else {
          arrived_.push_back(std::chrono::steady_clock::now());
          reply.delay = kSlow;
        }
        return reply;
      });
  std::uint16_t port_ = server_->listen("127.0.0.1", 0).value();
  asio::io_context io_;
  std::thread thread_;
};

TEST_F(Rest, TakesABodyUpToItsLimitAndNoLongerOne) {
  EXPECT_EQ(get("/bytes/1048576")->body.size(), 1'048'576U);
  auto const refused = get("/bytes/1048577");
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().detail, HasSubstr("longer than 1048576 bytes"));
  EXPECT_EQ(get("/bytes/2000000", 2'000'000)->body.size(), 2'000'000U);
  EXPECT_TRUE(get("/bytes/2000001", 2'000'000).has_error());
}

TEST_F(Rest, ObeysRetryAfterInSecondsAndAsADate) {
  EXPECT_EQ(get("/seconds")->retry_after, std::chrono::seconds{77});
  EXPECT_EQ(get("/date")->retry_after, std::chrono::seconds{120});
  EXPECT_EQ(get("/bytes/1")->retry_after, std::nullopt);
}

TEST_F(Rest, RunsABoundedNumberOfRequestsAtOnceAndAnswersAll) {
  HttpsClient client{io_, options()};
  auto const work = asio::make_work_guard(io_);
  int answers = 0;
  for (int at = 0; at < 40; ++at) {
    client.get("/slow", [&](Result<HttpReply> const& reply) {
      EXPECT_TRUE(reply);
      ++answers;
    });
  }
  while (answers < 40) io_.run_one();
  std::promise<std::vector<std::chrono::steady_clock::time_point>> arrived;
  asio::post(server_io_, [&] { arrived.set_value(arrived_); });
  auto const at = arrived.get_future().get();
  ASSERT_EQ(at.size(), 40U);
  // The ninth waits until one of the first eight was answered.
  for (std::size_t one = 0; one + 8 < at.size(); ++one) {
    EXPECT_GE(at[one + 8] - at[one], kSlow - std::chrono::milliseconds{5});
  }
}

}  // namespace
}  // namespace k2::io
