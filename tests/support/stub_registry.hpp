// A schema registry for unit tests: an HTTP server on a free loopback port.
#pragma once

#include "io/http_server.hpp"
#include "io/kafka_options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace k2::test {

/// A schema registry that answers what a test decides, on a thread of its own.
class StubRegistry {
 public:
  explicit StubRegistry(io::HttpServer::Handler handler, SSL_CTX* tls = nullptr)
      : server_(std::make_unique<io::HttpServer>(
            io_, tls, io::HttpLimits{}, [this, handler](io::HttpServerRequest const& request) {
              note(request);
              return handler(request);
            })) {
    port_ = server_->listen("127.0.0.1", 0).value();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~StubRegistry() {
    boost::asio::post(io_, [this] { server_.reset(); });
    boost::asio::post(io_, [this] { guard_.reset(); });
    thread_.join();
  }
  StubRegistry(StubRegistry const&) = delete;
  StubRegistry& operator=(StubRegistry const&) = delete;

  [[nodiscard]] io::RegistryOptions options(std::string const& scheme = "http",
                                            std::string const& login = "",
                                            std::string const& path = "") const {
    io::RegistryOptions options;
    options.url = scheme + "://" + login + "127.0.0.1:" + std::to_string(port_) + path;
    options.timeout = std::chrono::seconds{5};
    return options;
  }
  [[nodiscard]] std::vector<std::string> targets() {
    std::scoped_lock const lock{mutex_};
    return targets_;
  }
  [[nodiscard]] io::HttpServerRequest last() {
    std::scoped_lock const lock{mutex_};
    return last_;
  }

 private:
  void note(io::HttpServerRequest const& request) {
    std::scoped_lock const lock{mutex_};
    targets_.push_back(request.method + " " + request.target);
    last_ = request;
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      io_.get_executor()};
  std::unique_ptr<io::HttpServer> server_;
  std::mutex mutex_;
  std::vector<std::string> targets_;
  io::HttpServerRequest last_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

inline io::HttpServerReply reply(unsigned status, std::string body) {
  io::HttpServerReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

}  // namespace k2::test
