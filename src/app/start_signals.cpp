#include "app/start_signals.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <thread>

namespace k2::app {
namespace {

void wait(boost::asio::signal_set& signals, std::stop_source& stop) {
  signals.async_wait([&](boost::system::error_code const& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) return wait(signals, stop);
    stop.request_stop();
  });
}

}  // namespace

bool run_until_signal(boost::asio::io_context& io, boost::asio::signal_set& signals,
                      std::function<void(std::stop_token)> const& work) {
  std::stop_source stop;
  wait(signals, stop);
  bool done = false;
  {
    std::jthread const thread{[&] {
      work(stop.get_token());
      boost::asio::post(io, [&] {
        done = true;
        io.stop();
      });
    }};
    while (!done) {
      io.run();
      io.restart();
    }
  }
  // The handler that waits must not outlive what it refers to.
  signals.cancel();
  io.poll();
  io.restart();
  return stop.stop_requested();
}

}  // namespace k2::app
