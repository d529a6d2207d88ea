// The wait between two accepts. While the process has no file descriptor left, a connection that
// waits makes each accept fail immediately: without a pause the loop would use a whole core.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <utility>

namespace k2::io {

class AcceptPause {
 public:
  /// Chosen: short enough for a scraper, and ten tries a second cost nothing.
  static constexpr std::chrono::milliseconds kPause{100};

  template <class Executor>
  explicit AcceptPause(Executor const& executor) : timer_(executor) {}

  /// Calls `accept` when the next connection may be accepted after one that ended like this.
  template <class Accept>
  void then(boost::system::error_code const& error, Accept accept) {
    // A client that left before its turn is nothing to wait for.
    if (!error || error == boost::asio::error::connection_aborted) return accept();
    timer_.expires_after(kPause);
    timer_.async_wait([next = std::move(accept)](boost::system::error_code const& ended) {
      if (!ended) next();
    });
  }

  void cancel() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace k2::io
