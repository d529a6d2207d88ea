#include "app/start_signals.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace k2::app {
namespace {

class StartSignals : public testing::Test {
 protected:
  static void wait_for_stop(std::stop_token const& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  }

  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGINT, SIGTERM, SIGHUP};
};

TEST_F(StartSignals, EndWithTheWorkWhenNoneComes) {
  bool worked = false;
  EXPECT_FALSE(run_until_signal(io_, signals_, [&](auto const&) { worked = true; }));
  EXPECT_TRUE(worked);
}

TEST_F(StartSignals, StopTheWork) {
  for (int const signal : {SIGTERM, SIGINT}) {
    EXPECT_TRUE(run_until_signal(io_, signals_, [&](std::stop_token const& stop) {
      std::raise(signal);
      wait_for_stop(stop);
    }));
  }
}

TEST_F(StartSignals, AHangupLeavesTheWorkAlone) {
  EXPECT_TRUE(run_until_signal(io_, signals_, [&](std::stop_token const& stop) {
    std::raise(SIGHUP);
    std::raise(SIGTERM);
    wait_for_stop(stop);
  }));
}

TEST_F(StartSignals, AreStillHeardAfterwards) {
  EXPECT_FALSE(run_until_signal(io_, signals_, [](auto const&) {}));
  int heard = 0;
  signals_.async_wait([&](boost::system::error_code const&, int signal) { heard = signal; });
  std::raise(SIGTERM);
  while (heard == 0) ASSERT_GT(io_.run_one_for(std::chrono::seconds{10}), 0U);
  EXPECT_EQ(heard, SIGTERM);
}

}  // namespace
}  // namespace k2::app
