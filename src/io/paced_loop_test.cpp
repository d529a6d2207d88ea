#include "io/paced_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <functional>

namespace k2::io {
namespace {

namespace asio = boost::asio;

TEST(PacedLoop, RunsUntilNothingIsLeft) {
  asio::io_context io;
  int timers = 0;
  asio::steady_timer timer{io};
  std::function<void()> const again = [&] {
    timer.expires_after(std::chrono::microseconds{1});
    timer.async_wait([&](boost::system::error_code const& error) {
      EXPECT_FALSE(error);
      if (++timers < 100) again();
    });
  };
  again();
  int posted = 0;
  std::function<void()> const more = [&] {
    if (++posted < 1'000) asio::post(io, more);
  };
  asio::post(io, more);
  run_paced(io);
  EXPECT_EQ(timers, 100);
  EXPECT_EQ(posted, 1'000);
}

TEST(PacedLoop, EndsWhenItIsStoppedWithWorkLeft) {
  asio::io_context io;
  auto const work = asio::make_work_guard(io);
  asio::post(io, [&io] { io.stop(); });
  run_paced(io);
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace k2::io
