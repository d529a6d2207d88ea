// Addresses on the loopback that take a connection, refuse it, or never answer.
#include "io/connect_in_turn.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace k2::io {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono_literals::operator""ms;

constexpr std::chrono::seconds kPatience{10};
tcp::endpoint const kAnyPort{boost::asio::ip::make_address("127.0.0.1"), 0};

/// Its queue of connections is full, so that the kernel drops what else comes.
class Mute {
 public:
  Mute() : acceptor_(io_) {
    acceptor_.open(tcp::v4());
    acceptor_.bind(kAnyPort);
    acceptor_.listen(0);
    for (auto& filler : fillers_) filler.async_connect(endpoint(), [](error_code const&) {});
  }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::array<tcp::socket, 4> fillers_{tcp::socket{io_, tcp::v4()}, tcp::socket{io_, tcp::v4()},
                                      tcp::socket{io_, tcp::v4()}, tcp::socket{io_, tcp::v4()}};
};

class ConnectInTurn : public testing::Test {
 protected:
  void start(std::vector<tcp::endpoint> addresses, std::chrono::milliseconds timeout) {
    connect_in_turn(socket_, std::move(addresses), timeout,
                    [this](error_code const& error) { outcome_ = error; });
  }
  error_code outcome() {
    while (!outcome_) {
      if (io_.run_one_for(kPatience) == 0) throw std::runtime_error("no outcome");
    }
    return *outcome_;
  }
  tcp::endpoint refusing() {
    tcp::acceptor acceptor{io_, kAnyPort};
    return acceptor.local_endpoint();  // nobody listens any more
  }

  boost::asio::io_context io_;
  tcp::acceptor listening_{io_, kAnyPort};
  tcp::socket socket_{io_};
  std::optional<error_code> outcome_;
};

TEST_F(ConnectInTurn, TakesTheFirstThatAnswers) {
  start({listening_.local_endpoint(), refusing()}, kPatience);
  EXPECT_EQ(outcome(), error_code{});
  EXPECT_EQ(socket_.remote_endpoint(), listening_.local_endpoint());
}

TEST_F(ConnectInTurn, GoesOnBehindARefusal) {
  start({refusing(), refusing(), listening_.local_endpoint()}, kPatience);
  EXPECT_EQ(outcome(), error_code{});
  EXPECT_EQ(socket_.remote_endpoint(), listening_.local_endpoint());
}

TEST_F(ConnectInTurn, LeavesAnAddressThatNeverAnswersInTime) {
  Mute const mute;
  start({mute.endpoint(), listening_.local_endpoint()}, 150ms);
  EXPECT_EQ(outcome(), error_code{});
  EXPECT_EQ(socket_.remote_endpoint(), listening_.local_endpoint());
}

TEST_F(ConnectInTurn, TellsTheFailureOfTheLast) {
  Mute const mute;
  start({mute.endpoint(), refusing()}, 150ms);
  EXPECT_EQ(outcome(), boost::asio::error::connection_refused);
}

TEST_F(ConnectInTurn, LeavesTheTimeOfTheLastToItsOwner) {
  Mute const mute;
  start({mute.endpoint()}, 1ms);
  EXPECT_EQ(io_.run_one_for(50ms), 0U);
  EXPECT_FALSE(outcome_);
  socket_.close();
  EXPECT_EQ(outcome(), boost::asio::error::operation_aborted);
}

TEST_F(ConnectInTurn, EndsWhenItsOwnerClosesTheSocket) {
  Mute const mute;
  start({mute.endpoint(), listening_.local_endpoint()}, kPatience);
  EXPECT_EQ(io_.run_one_for(50ms), 0U);
  socket_.close();
  EXPECT_EQ(outcome(), boost::asio::error::operation_aborted);
}

}  // namespace
}  // namespace k2::io
