#include "io/supervisor.hpp"

#include "tests/support/temp_dir.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <unistd.h>

namespace k2::io {
namespace {

using namespace std::chrono_literals;
using Local = boost::asio::local::datagram_protocol;

/// The socket of systemd: a datagram socket, read without waiting.
class Listener {
 public:
  explicit Listener(std::string const& name) : socket_(io_, Local::endpoint{name}) {
    socket_.non_blocking(true);
  }

  /// One datagram; empty when there is none.
  std::string hear() {
    std::array<char, 8192> text{};
    boost::system::error_code error;
    auto const size = socket_.receive(boost::asio::buffer(text), 0, error);
    return {text.data(), error ? 0 : size};
  }

 private:
  boost::asio::io_context io_;
  Local::socket socket_;
};

TEST(NotifySocket, SpeaksToAPath) {
  test::TempDir const dir;
  auto const path = (dir.path() / "notify").string();
  Listener listener{path};
  auto socket = NotifySocket::open(path).value();
  socket.say("READY=1\n");
  EXPECT_EQ(listener.hear(), "READY=1\n");
  socket.say("");
  EXPECT_EQ(listener.hear(), "");
}

TEST(NotifySocket, SpeaksToAnAbstractName) {
  auto const name = "k2-notify-" + std::to_string(getpid());
  Listener listener{std::string{'\0'} + name};
  NotifySocket::open("@" + name).value().say("STOPPING=1\n");
  EXPECT_EQ(listener.hear(), "STOPPING=1\n");
}

TEST(NotifySocket, SaysLaterWhatTheSocketDidNotTake) {
  test::TempDir const dir;
  auto const path = (dir.path() / "notify").string();
  auto socket = NotifySocket::open(path).value();
  socket.say("READY=1\n");  // nobody is there
  Listener listener{path};
  socket.say("WATCHDOG=1\n");
  EXPECT_EQ(listener.hear(), "READY=1\nWATCHDOG=1\n");
  socket.say("");
  EXPECT_EQ(listener.hear(), "");
}

TEST(NotifySocket, ForgetsWhatNobodyEverTakes) {
  test::TempDir const dir;
  auto const path = (dir.path() / "notify").string();
  auto socket = NotifySocket::open(path).value();
  for (int at = 0; at < 5; ++at) socket.say(std::string(1000, 'x'));
  Listener listener{path};
  socket.say("WATCHDOG=1\n");
  EXPECT_EQ(listener.hear(), "WATCHDOG=1\n");
}

TEST(NotifySocket, RefusesWhatIsNoName) {
  for (std::string const& name : {std::string{""}, std::string{"/"}, std::string{"vsock:2:1234"},
                                  std::string{"relative"}, "/" + std::string(107, 'x')}) {
    auto const opened = NotifySocket::open(name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, Errc::kConfigInvalid);
  }
}

TEST(WatchdogTime, IsTheSupervisorsOwnAndForThisProcessOnly) {
  EXPECT_EQ(watchdog_time("60000000", "42", 42), 60s);
  EXPECT_EQ(watchdog_time("60000000", "", 42), 60s);
  EXPECT_EQ(watchdog_time("60000000", "43", 42), std::nullopt);
  for (char const* const none : {"", "0", "x", "12x", "-5"}) {
    EXPECT_EQ(watchdog_time(none, "", 42), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace k2::io
