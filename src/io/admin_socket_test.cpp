#include "io/admin_socket.hpp"

#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>
#include <thread>

namespace k2::io {
namespace {

Result<std::string> echo(std::string_view command) {
  if (command == "no") return Error{Errc::kBusy, "not now"};
  return "heard " + std::string{command};
}

class AdminSocketTest : public ::testing::Test {
 protected:
  Result<std::string> ask(std::string_view command) {
    auto socket = AdminSocket::open(io_, folder_.path(), echo).value();
    std::jthread const server{[this] { io_.run_for(std::chrono::seconds{10}); }};
    auto reply = ask_admin(folder_.path(), command);
    io_.stop();
    return reply;
  }

  test::TempDir folder_;
  boost::asio::io_context io_{1};
};

TEST_F(AdminSocketTest, AnswersOneLineWithOneReply) {
  EXPECT_EQ(ask("rotate").value(), "heard rotate\n");
}

TEST_F(AdminSocketTest, SaysWhyItRefuses) {
  EXPECT_EQ(ask("no").error(), (Error{Errc::kBusy, "not now"}));
}

TEST_F(AdminSocketTest, LetsOnlyItsOwnerIn) {
  auto const socket = AdminSocket::open(io_, folder_.path(), echo).value();
  struct stat status{};
  ASSERT_EQ(::stat(admin_socket_path(folder_.path()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AdminSocketTest, TakesThePlaceOfOneThatWasKilledAndLeavesNone) {
  std::ofstream{admin_socket_path(folder_.path())} << "left behind";
  {
    auto const second = AdminSocket::open(io_, folder_.path(), echo);
    EXPECT_TRUE(second.has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(admin_socket_path(folder_.path())));
  EXPECT_EQ(ask_admin(folder_.path(), "x").error().code, Errc::kConnectFailed);
}

}  // namespace
}  // namespace k2::io
