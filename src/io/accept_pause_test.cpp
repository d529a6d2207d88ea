// Servers without a file descriptor left: they wait for one, and do not take a whole core
// meanwhile.

// Without a descriptor, UndefinedBehaviorSanitizer cannot look at an object's type, and reports it.
#if !__has_feature(address_sanitizer)

#include "io/admin_socket.hpp"
#include "io/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <sys/resource.h>
#include <unistd.h>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Leaves the process no descriptor more while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    int const lowest = ::dup(0);
    EXPECT_GE(lowest, 0);
    ::close(lowest);
    rlimit const now{static_cast<rlim_t>(lowest), before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &now), 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(NoDescriptors const&) = delete;
  NoDescriptors& operator=(NoDescriptors const&) = delete;

 private:
  rlimit before_{};
};

/// Returns the number of handlers that run while a connection waits that cannot be accepted.
std::size_t handlers_without_descriptors(asio::io_context& io) {
  NoDescriptors const none;
  return io.run_for(milliseconds{250});
}

TEST(AcceptPause, KeepsTheHttpServerFromSpinning) {
  asio::io_context io{1};
  HttpServer server{io, nullptr, HttpLimits{},
                    [](HttpServerRequest const&) { return HttpServerReply{}; }};
  auto const port = server.listen("127.0.0.1", 0).value();
  asio::io_context client_io;
  asio::ip::tcp::socket client{client_io};
  client.connect({asio::ip::make_address("127.0.0.1"), port});
  EXPECT_LE(handlers_without_descriptors(io), 12U);
  // Once there is one again, the client that waited is served.
  while (server.connections() == 0) ASSERT_GT(io.run_one_for(seconds{10}), 0U);
}

TEST(AcceptPause, KeepsTheAdminSocketFromSpinning) {
  test::TempDir const folder;
  asio::io_context io{1};
  bool asked = false;
  auto const socket = AdminSocket::open(io, folder.path(), [&](std::string_view) {
                        asked = true;
                        return Result<std::string>{"yes"};
                      }).value();
  asio::io_context client_io;
  asio::local::stream_protocol::socket client{client_io};
  client.connect({admin_socket_path(folder.path()).string()});
  EXPECT_LE(handlers_without_descriptors(io), 12U);
  (void)client.write_some(asio::buffer("status\n", 7));
  while (!asked) ASSERT_GT(io.run_one_for(seconds{10}), 0U);
}

}  // namespace
}  // namespace k2::io

#endif
